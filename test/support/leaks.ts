/**
 * Lines of a log that hold a token, or the claims or the signature of one, or a text that settings hold.
 *
 * @param markers texts that only settings documents hold
 */
export function leaks(lines: readonly string[], tokens: readonly string[], markers: readonly string[]): string[] {
  const secrets = [...tokens.flatMap(token => token.split('.').slice(1)), ...markers].filter(text => text.length > 8)
  return lines.filter(line => secrets.some(secret => line.includes(secret)))
}
