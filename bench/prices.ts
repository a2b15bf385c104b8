/**
 * List prices in US dollars, without free tiers, discounts and taxes; AWS's for us-east-1, looked at on 2026-11-24. AWS's own
 * pages show their tables only to a browser: where a page does not say it in words, the source is whoever copied it.
 */
export const PRICES_OF = '2026-11-24'

interface Price {
  /** Dollars for one unit. */
  dollars: number
  unit: string
  source: string
}

const million = 1e-6

export const AWS = {
  message: {
    dollars: 1.0 * million,
    unit: 'message of 32 KB',
    source:
      'https://aws.amazon.com/api-gateway/pricing/, first billion a month; amount: awsforengineers.com, 2025-05-19',
  },
  connectionMinute: {
    dollars: 0.25 * million,
    unit: 'connection minute',
    source: 'https://aws.amazon.com/api-gateway/pricing/; amount: a question on repost.aws that quotes the page',
  },
  httpRequest: {
    dollars: 1.0 * million,
    unit: 'request of 512 KB',
    source: 'https://aws.amazon.com/api-gateway/pricing/, worked example, first 300 million a month',
  },
  lambdaRequest: {
    dollars: 0.2 * million,
    unit: 'invocation',
    source: 'https://aws.amazon.com/lambda/pricing/; amount: AWS whitepaper How AWS Pricing Works',
  },
  lambdaGbSecond: {
    dollars: 0.0000133334,
    unit: 'GB-second, Arm',
    source: 'https://aws.amazon.com/lambda/pricing/, first tier',
  },
  readUnit: {
    dollars: 0.125 * million,
    unit: 'read unit, on demand',
    source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/ since 2024-11; amount: airbyte.com, 2025-07-21',
  },
  writeUnit: {
    dollars: 0.625 * million,
    unit: 'write unit, on demand',
    source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/ since 2024-11; amount: airbyte.com, 2025-07-21',
  },
  sqsRequest: {
    dollars: 0.4 * million,
    unit: 'request of 64 KB',
    source: 'https://aws.amazon.com/sqs/pricing/, standard queue, after the first million a month',
  },
  gigabyteOut: {
    dollars: 0.09,
    unit: 'GB out to the internet',
    source:
      'https://aws.amazon.com/ec2/pricing/on-demand/, first 10 TB a month; amount: awsforengineers.com, 2025-05-19',
  },
} as const satisfies Record<string, Price>

export const APPSYNC_EVENTS = {
  operation: {
    dollars: 1.0 * million,
    unit: 'operation: publish, delivery, connect, subscribe',
    source: 'AWS price list, EU-EventAPI-Operation, as copied to the data set labofsahil/aws-pricing-dataset',
  },
  connectionMinute: {
    dollars: 0.08 * million,
    unit: 'connection minute',
    source:
      'https://aws.amazon.com/appsync/pricing/ names it for real-time connections of AppSync; taken to hold for Events',
  },
} as const satisfies Record<string, Price>

export const ABLY = {
  message: { dollars: 2.5 * million, unit: 'message, in or out', source: 'https://ably.com/docs/pricing, per minute' },
  connectionMinute: { dollars: 1.0 * million, unit: 'connection minute', source: 'https://ably.com/docs/pricing' },
  channelMinute: { dollars: 1.0 * million, unit: 'channel minute', source: 'https://ably.com/docs/pricing' },
  monthlyPackage: { dollars: 29, unit: 'Standard package, a month', source: 'https://ably.com/docs/pricing' },
} as const satisfies Record<string, Price>

export const PUSHER = {
  monthlyPlan: {
    dollars: 99,
    unit: 'Pro plan, a month: 2,000 connections, 4 million messages a day',
    source:
      'https://pusher.com/channels/pricing/, as quoted in 2026 by others; the smaller plan ends at 500 connections',
  },
} as const satisfies Record<string, Price>
