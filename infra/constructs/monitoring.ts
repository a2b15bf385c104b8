import { Duration } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  MathExpression,
  Metric,
  TreatMissingData,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import type { FanOut } from './fan-out.ts'
import type { Lambda } from './lambda.ts'

export interface MonitoringProps {
  lambdas: Lambda[]
  fanOut: FanOut
  httpApiId: string
  webSocketApiId: string
}

const PERIOD = Duration.minutes(1)

/** One dashboard, and an alarm for each thing that somebody should get up for: docs/operations.md says what to do. */
export class Monitoring extends Construct {
  constructor(scope: Construct, id: string, { lambdas, fanOut, httpApiId, webSocketApiId }: MonitoringProps) {
    super(scope, id)
    const functions = lambdas.map(lambda => lambda.function)
    const sum = (label: string, metrics: IMetric[]): IMetric =>
      new MathExpression({
        label,
        // What did not happen has no data, and a sum with a part missing is missing.
        expression: metrics.map((_, i) => `FILL(${label}${i}, 0)`).join('+'),
        usingMetrics: Object.fromEntries(metrics.map((metric, i) => [`${label}${i}`, metric])),
        period: PERIOD,
      })
    // A math expression takes at most ten metrics in an alarm: the Lambdas' errors are alarmed one by one.
    const api = (name: string, apiId: string, statistic = 'Sum') =>
      new Metric({
        namespace: 'AWS/ApiGateway',
        metricName: name,
        dimensionsMap: { ApiId: apiId },
        period: PERIOD,
        statistic,
      })

    const alarm = (name: string, metric: IMetric, threshold: number, minutes: number, alarmDescription: string) =>
      new Alarm(this, name, {
        metric,
        threshold,
        evaluationPeriods: minutes,
        datapointsToAlarm: minutes,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
        alarmDescription,
      })

    const dead = fanOut.deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: 'Maximum' })
    const age = fanOut.queue.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: 'Maximum' })
    alarm(
      'TasksFailed',
      dead,
      0,
      1,
      'A fan-out task failed for good: some of an audience may have missed a push until their next sync.',
    )
    alarm('FanOutLate', age, 120, 3, 'Fan-out tasks wait for over two minutes.')
    alarm('HttpErrors', api('5xx', httpApiId), 5, 3, 'The HTTP API answers 5xx.')
    // The first counts Lambdas that failed, the second those that could not be called.
    const failed = sum('failed', [api('IntegrationError', webSocketApiId), api('ExecutionError', webSocketApiId)])
    alarm('WebSocketErrors', failed, 5, 3, 'Lambdas of the WebSocket API fail, or cannot be called.')
    for (const lambda of lambdas) {
      const name = lambda.node.id
      alarm(`${name}Errors`, lambda.function.metricErrors({ period: PERIOD }), 5, 3, `${name} fails.`)
      alarm(
        `${name}Throttles`,
        lambda.function.metricThrottles({ period: PERIOD }),
        0,
        3,
        `${name} is throttled: raise the account's Lambda concurrency.`,
      )
    }

    const graph = (title: string, left: IMetric[]) => new GraphWidget({ title, left, width: 12, period: PERIOD })
    new Dashboard(this, 'Dashboard', {
      widgets: [
        [
          graph('Connections and messages', [
            api('ConnectCount', webSocketApiId),
            api('MessageCount', webSocketApiId),
            failed,
            api('ClientError', webSocketApiId),
          ]),
          graph('HTTP', [
            api('Count', httpApiId),
            api('4xx', httpApiId),
            api('5xx', httpApiId),
            api('Latency', httpApiId, 'p90'),
          ]),
        ],
        [
          graph('Fan-out', [fanOut.queue.metricNumberOfMessagesSent({ period: PERIOD }), age, dead]),
          graph('Lambdas', [
            sum(
              'errors',
              functions.map(f => f.metricErrors({ period: PERIOD })),
            ),
            sum(
              'throttles',
              functions.map(f => f.metricThrottles({ period: PERIOD })),
            ),
          ]),
        ],
      ],
    })
  }
}
