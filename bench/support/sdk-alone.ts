import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'

const client = new DynamoDBClient({})

/** The least that a Lambda does with DynamoDB by the AWS SDK: what the others are measured against. */
export const handler = () => client.send(new GetItemCommand({ TableName: 'a', Key: { pk: { S: 'a' } } }))
