// `npm run test:dynamodb-local`: the tests of the store and of the local run, on Amazon's own engine instead of dynalite.
import { startDynamoDbLocal } from './dynamodb-local.mjs'
import { runTests } from './vitest.mjs'

/** @returns how many tests passed and failed */
export async function testOnDynamoDbLocal() {
  const { endpoint, stop } = await startDynamoDbLocal()
  try {
    return await runTests(['test/store', 'test/local'], {
      env: { DYNAMODB_ENDPOINT: endpoint },
      title: "On Amazon's DynamoDB Local:",
    })
  } finally {
    await stop()
  }
}

if (import.meta.main) {
  const { passed, failed } = await testOnDynamoDbLocal()
  console.log(`\n${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
}
