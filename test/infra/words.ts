/** An ARN prefix that most ARNs of the template begin with. */
const ACCOUNT = /arn:\$\{AWS::Partition\}:([\w-]+):\$\{AWS::Region\}:\$\{AWS::AccountId\}/g

/**
 * A value of a template as one line, with nothing left out: `${HttpApi}/prod`, `TablesSettings.Arn`. References lose the hash
 * at the end of their logical id, and the account and Region of an ARN are written as the name of its service.
 */
export function inWords(value: unknown): string {
  if (typeof value === 'string') return value
  const parts = value as { Ref?: string; 'Fn::GetAtt'?: [string, string]; 'Fn::Join'?: [string, unknown[]] }
  if (parts.Ref !== undefined) return `\${${withoutHash(parts.Ref)}}`
  if (parts['Fn::GetAtt'] !== undefined) return parts['Fn::GetAtt'].map(withoutHash).join('.')
  if (parts['Fn::Join'] === undefined) return JSON.stringify(value)
  const [separator, all] = parts['Fn::Join']
  return all.map(inWords).join(separator).replace(ACCOUNT, '$1')
}

/** `HttpApi4E1D4184` is `HttpApi`. */
export const withoutHash = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '')
