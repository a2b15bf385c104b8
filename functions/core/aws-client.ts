/**
 * How every AWS client is set: four attempts, each given up after 2 s. The SDK itself waits for an answer for ever, so one call
 * that hangs would take the Lambda's whole time (10 s); and its `requestTimeout` alone only prints a warning.
 */
export const AWS_CLIENT = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
}
