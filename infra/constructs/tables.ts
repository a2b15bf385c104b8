import { RemovalPolicy } from 'aws-cdk-lib'
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb'
import { Construct } from 'constructs'

const KEYS = {
  partitionKey: { name: 'pk', type: AttributeType.STRING },
  sortKey: { name: 'sk', type: AttributeType.STRING },
  timeToLiveAttribute: 'expiresAt',
  billingMode: BillingMode.PAY_PER_REQUEST,
  encryption: TableEncryption.AWS_MANAGED,
}

/** Two tables, since their lives differ: what was decided is kept, who is connected is not. */
export class Tables extends Construct {
  readonly settings: Table
  readonly connections: Table

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.settings = new Table(this, 'Settings', {
      ...KEYS,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    this.connections = new Table(this, 'Connections', { ...KEYS, removalPolicy: RemovalPolicy.DESTROY })
  }
}
