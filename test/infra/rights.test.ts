import type { Template } from 'aws-cdk-lib/assertions'
import { beforeAll, expect, test } from 'vitest'
import { ourFunctions, rightsByFunction } from './rights.ts'
import { templateOf } from './synth.ts'

let template: Template
beforeAll(() => {
  template = templateOf({ retentionDays: '30' })
})

test('every role has the statements that its Lambda needs, and no other', () => {
  expect(rightsByFunction(template)).toMatchInlineSnapshot(`
    {
      "authorize": [
        "Allow logs:CreateLogStream logs:PutLogEvents on FunctionsAuthorizeLogs.Arn",
      ],
      "connect": [
        "Allow dynamodb:PutItem dynamodb:BatchWriteItem on TablesConnections.Arn",
        "Allow dynamodb:Query on TablesSettings.Arn",
        "Allow logs:CreateLogStream logs:PutLogEvents on FunctionsConnectLogs.Arn",
      ],
      "disconnect": [
        "Allow dynamodb:BatchWriteItem on TablesConnections.Arn",
        "Allow dynamodb:Query on TablesSettings.Arn",
        "Allow logs:CreateLogStream logs:PutLogEvents on FunctionsDisconnectLogs.Arn",
      ],
      "events": [
        "Allow dynamodb:GetItem dynamodb:Query on TablesSettings.Arn",
        "Allow dynamodb:Query dynamodb:UpdateItem dynamodb:BatchWriteItem on TablesConnections.Arn",
        "Allow execute-api:ManageConnections on execute-api:\${WebSocketApi}/prod/DELETE/@connections/*",
        "Allow execute-api:ManageConnections on execute-api:\${WebSocketApi}/prod/POST/@connections/*",
        "Allow logs:CreateLogStream logs:PutLogEvents on FunctionsEventsLogs.Arn",
        "Allow sqs:SendMessage on FanOutTasks.Arn",
      ],
      "fan-out": [
        "Allow dynamodb:Query dynamodb:BatchGetItem dynamodb:UpdateItem dynamodb:BatchWriteItem on TablesConnections.Arn",
        "Allow dynamodb:Query dynamodb:UpdateItem dynamodb:BatchGetItem dynamodb:DeleteItem on TablesSettings.Arn",
        "Allow execute-api:ManageConnections on execute-api:\${WebSocketApi}/prod/DELETE/@connections/*",
        "Allow execute-api:ManageConnections on execute-api:\${WebSocketApi}/prod/POST/@connections/*",
        "Allow logs:CreateLogStream logs:PutLogEvents on FunctionsFanOutLogs.Arn",
        "Allow sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes on FanOutTasks.Arn",
        "Allow sqs:SendMessage on FanOutTasks.Arn",
      ],
      "groups": [
        "Allow dynamodb:GetItem dynamodb:Query dynamodb:PutItem dynamodb:UpdateItem dynamodb:DeleteItem on TablesSettings.Arn",
        "Allow dynamodb:Query dynamodb:UpdateItem dynamodb:BatchWriteItem on TablesConnections.Arn",
        "Allow execute-api:ManageConnections on execute-api:\${WebSocketApi}/prod/DELETE/@connections/*",
        "Allow execute-api:ManageConnections on execute-api:\${WebSocketApi}/prod/POST/@connections/*",
        "Allow logs:CreateLogStream logs:PutLogEvents on FunctionsGroupsLogs.Arn",
        "Allow sqs:SendMessage on FanOutTasks.Arn",
      ],
      "history": [
        "Allow dynamodb:GetItem dynamodb:Query on TablesSettings.Arn",
        "Allow logs:CreateLogStream logs:PutLogEvents on FunctionsHistoryLogs.Arn",
      ],
      "members": [
        "Allow dynamodb:GetItem dynamodb:Query dynamodb:PutItem dynamodb:UpdateItem dynamodb:DeleteItem on TablesSettings.Arn",
        "Allow dynamodb:Query dynamodb:UpdateItem on TablesConnections.Arn",
        "Allow execute-api:ManageConnections on execute-api:\${WebSocketApi}/prod/POST/@connections/*",
        "Allow logs:CreateLogStream logs:PutLogEvents on FunctionsMembersLogs.Arn",
      ],
      "presence": [
        "Allow dynamodb:GetItem dynamodb:Query on TablesSettings.Arn",
        "Allow dynamodb:Query on TablesConnections.Arn",
        "Allow logs:CreateLogStream logs:PutLogEvents on FunctionsPresenceLogs.Arn",
      ],
      "read-settings": [
        "Allow dynamodb:GetItem dynamodb:Query dynamodb:BatchGetItem dynamodb:DeleteItem on TablesSettings.Arn",
        "Allow logs:CreateLogStream logs:PutLogEvents on FunctionsReadSettingsLogs.Arn",
      ],
      "reject": [
        "Allow logs:CreateLogStream logs:PutLogEvents on FunctionsRejectLogs.Arn",
      ],
      "renew": [
        "Allow dynamodb:GetItem dynamodb:UpdateItem on TablesConnections.Arn",
        "Allow dynamodb:Query on TablesSettings.Arn",
        "Allow logs:CreateLogStream logs:PutLogEvents on FunctionsRenewLogs.Arn",
      ],
      "sign-out": [
        "Allow dynamodb:Query on TablesConnections.Arn",
        "Allow execute-api:ManageConnections on execute-api:\${WebSocketApi}/prod/DELETE/@connections/*",
        "Allow execute-api:ManageConnections on execute-api:\${WebSocketApi}/prod/POST/@connections/*",
        "Allow logs:CreateLogStream logs:PutLogEvents on FunctionsSignOutLogs.Arn",
      ],
      "sync": [
        "Allow dynamodb:GetItem dynamodb:BatchGetItem dynamodb:UpdateItem on TablesConnections.Arn",
        "Allow dynamodb:Query dynamodb:BatchGetItem dynamodb:DeleteItem on TablesSettings.Arn",
        "Allow execute-api:ManageConnections on execute-api:\${WebSocketApi}/prod/DELETE/@connections/*",
        "Allow execute-api:ManageConnections on execute-api:\${WebSocketApi}/prod/POST/@connections/*",
        "Allow logs:CreateLogStream logs:PutLogEvents on FunctionsSyncLogs.Arn",
      ],
      "update-settings": [
        "Allow dynamodb:GetItem dynamodb:Query dynamodb:PutItem dynamodb:UpdateItem on TablesSettings.Arn",
        "Allow dynamodb:Query dynamodb:UpdateItem dynamodb:BatchWriteItem on TablesConnections.Arn",
        "Allow execute-api:ManageConnections on execute-api:\${WebSocketApi}/prod/DELETE/@connections/*",
        "Allow execute-api:ManageConnections on execute-api:\${WebSocketApi}/prod/POST/@connections/*",
        "Allow logs:CreateLogStream logs:PutLogEvents on FunctionsUpdateSettingsLogs.Arn",
        "Allow sqs:SendMessage on FanOutTasks.Arn",
      ],
    }
  `)
})

test('no role has a managed policy, all actions of a service, or every resource', () => {
  for (const right of Object.values(rightsByFunction(template)).flat())
    expect(right).not.toMatch(/^Managed|:\*( |$)| \*( |$)|NotAction|NotResource/)
})

test('superseded versions are kept for as long as the context says, by every Lambda that writes versions', () => {
  const kept = [...ourFunctions(template)].flatMap(([name, { Environment }]) => {
    const days = (Environment as { Variables?: Record<string, string> } | undefined)?.Variables?.['RETENTION_DAYS']
    return days === undefined ? [] : [[name, days]]
  })
  expect(kept).toEqual([
    ['update-settings', '30'],
    ['groups', '30'],
  ])
})
