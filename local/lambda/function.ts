/** What an invocation of a Lambda function ended with: its payload, or the error that the Lambda service reports. */
export type Invocation =
  { ok: true; payload: unknown } | { ok: false; errorType: string; errorMessage: string; timedOut?: boolean }

/** A function of the template, ready to be invoked. */
export interface LambdaFunction {
  /** Its logical id in the template: names it in logs and errors. */
  readonly logicalId: string
  /**
   * Runs the handler with `event` (JSON) in a free execution environment, or a new one. Never rejects.
   *
   * @param isWanted asked after a wait for an environment: where it says no, nothing runs
   */
  invoke(event: unknown, isWanted?: () => boolean): Promise<Invocation>
}
