import type { FunctionDescription } from '../template/stack-template.ts'

/** Names that a template cannot set: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_.*|AWS_ACCESS_KEY(_ID)?|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR)$/
const NAME = /^[a-zA-Z]\w+$/
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_VARIABLES_BYTES = 4 * 1024

/** @throws Error where AWS would refuse the function at its deployment */
export function assertDeployable({ logicalId, environment, timeoutMs, memoryMb }: FunctionDescription): void {
  const refuse = (what: string): never => {
    throw new Error(`${logicalId} ${what}: AWS would refuse it.`)
  }
  for (const name of Object.keys(environment)) {
    if (RESERVED.test(name)) refuse(`sets the reserved environment variable ${name}`)
    if (!NAME.test(name)) refuse(`has an environment variable that is called ${name}`)
  }
  if (Buffer.byteLength(JSON.stringify(environment)) > MOST_VARIABLES_BYTES)
    refuse('has more than 4 KB of environment variables')
  if (!(timeoutMs >= 1_000 && timeoutMs <= 900_000)) refuse(`has a timeout of ${timeoutMs / 1000} s, not 1 to 900`)
  if (!(memoryMb >= 128 && memoryMb <= 10_240)) refuse(`has ${memoryMb} MB of memory, not 128 to 10,240`)
}
