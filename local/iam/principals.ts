import { randomBytes } from 'node:crypto'

/** Temporary credentials, as Lambda hands them to an execution environment. */
export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
}

/** Who signs with an access key. */
export interface Principal extends Credentials {
  /** `arn:aws:sts::<account>:assumed-role/<role>/<function>`: how AWS names it in its answers. */
  arn: string
  roleArn: string
  /** The function whose environment this is, such as `update-settings`. */
  function: string
  /** Invocations that the environment has begun. */
  invocation: number
  /** Ends the execution environment that signs, as a crash would. */
  kill(): void
}

/** Every access key that is in use: one for each execution environment, so that calls can be told apart. */
export class Principals {
  readonly #byKey = new Map<string, Principal>()

  /** Makes credentials for an environment of a function. */
  issue(roleArn: string, functionName: string, name: string, kill: () => void): Principal {
    const [, , , , account = '', role = ''] = roleArn.split(':')
    const principal: Principal = {
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(48).toString('base64'),
      arn: `arn:aws:sts::${account}:assumed-role/${role.replace(/^role\//, '')}/${functionName}`,
      roleArn,
      function: name,
      invocation: 0,
      kill,
    }
    this.#byKey.set(principal.accessKeyId, principal)
    return principal
  }

  revoke(principal: Principal): void {
    this.#byKey.delete(principal.accessKeyId)
  }

  find(accessKeyId: string): Principal | undefined {
    return this.#byKey.get(accessKeyId)
  }
}
