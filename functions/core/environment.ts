/** A variable that the stack gives to the Lambda. @throws Error that names it where it is missing */
export function environment(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`The environment variable ${name} is not set.`)
  return value
}
