import type { Dict } from '../values.ts';

/** How a connector lets its source reach its destination. */
export interface ConnectorProfile {
  readonly kind: 'rolePolicy' | 'lambdaPermission' | 'topicPolicy' | 'queuePolicy';
  /** Whether it is the source's role (or policy) that is extended, or the destination's. */
  readonly extends: 'source' | 'destination';
  /** What must wait for the policy: the destination's event source mapping, or the source itself. */
  readonly dependedBy?: 'eventSourceMapping' | 'source';
  /** Sets of permissions that make sense together; any set when absent. */
  readonly combinations?: readonly (readonly string[])[];
  readonly permissions: Readonly<Record<string, readonly Dict[] | Dict>>;
}

const destination = '%{Destination.Arn}';
const source = '%{Source.Arn}';

const allow = (resources: string[], ...actions: string[]): Dict => ({
  Effect: 'Allow',
  Action: actions,
  Resource: resources,
});

const words = (prefix: string, list: string): string[] =>
  list
    .trim()
    .split(/\s+/)
    .map((name) => `${prefix}:${name}`);

const ofRole = (
  permissions: Readonly<Record<string, readonly Dict[]>>,
  rest: Partial<ConnectorProfile> = {},
): ConnectorProfile => ({ kind: 'rolePolicy', extends: 'source', permissions, ...rest });

/** The source's role gets the actions on the destination. */
const write = (...actions: string[]): ConnectorProfile =>
  ofRole({ Write: [allow([destination], ...actions)] });

const invokedBy = (service: string, SourceArn: string, rest: Dict = {}): ConnectorProfile => ({
  kind: 'lambdaPermission',
  extends: 'destination',
  permissions: {
    Write: { Action: 'lambda:InvokeFunction', Principal: `${service}.amazonaws.com`, SourceArn, ...rest },
  },
});

const sentBy = (kind: 'topicPolicy' | 'queuePolicy', service: string, action: string): ConnectorProfile => ({
  kind,
  extends: 'destination',
  permissions: {
    Write: [
      {
        Effect: 'Allow',
        Principal: { Service: `${service}.amazonaws.com` },
        Resource: destination,
        Action: action,
        Condition: { ArnEquals: { 'aws:SourceArn': source } },
      },
    ],
  },
});

const bucketResources = [destination, `${destination}/*`];
const bucket = ofRole({
  Read: [
    allow(
      bucketResources,
      ...words(
        's3',
        `GetObject GetObjectAcl GetObjectLegalHold GetObjectRetention GetObjectTorrent GetObjectVersion
         GetObjectVersionAcl GetObjectVersionForReplication GetObjectVersionTorrent ListBucket
         ListBucketMultipartUploads ListBucketVersions ListMultipartUploadParts`,
      ),
    ),
  ],
  Write: [
    allow(
      bucketResources,
      ...words(
        's3',
        `AbortMultipartUpload DeleteObject DeleteObjectVersion PutObject PutObjectLegalHold PutObjectRetention
         RestoreObject`,
      ),
    ),
  ],
});

const tableResources = [destination, `${destination}/index/*`];
const table = ofRole({
  Read: [
    allow(
      tableResources,
      ...words('dynamodb', 'GetItem Query Scan BatchGetItem ConditionCheckItem PartiQLSelect'),
    ),
  ],
  Write: [
    allow(
      tableResources,
      ...words(
        'dynamodb',
        'PutItem UpdateItem DeleteItem BatchWriteItem PartiQLDelete PartiQLInsert PartiQLUpdate',
      ),
    ),
  ],
});

const statesArn = 'arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}';
const executions = `${statesArn}:execution:%{Destination.Name}:*`;
const managedRule =
  'arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule';
const apiArn =
  'arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:%{Source.ResourceId}/%{Source.Qualifier}';

const invoke = write('lambda:InvokeAsync', 'lambda:InvokeFunction');
const publish = write('sns:Publish');
const putEvents = write('events:PutEvents');

const types = {
  api: 'AWS::ApiGateway::RestApi',
  bucket: 'AWS::S3::Bucket',
  bus: 'AWS::Events::EventBus',
  dataSource: 'AWS::AppSync::DataSource',
  function: 'AWS::Lambda::Function',
  graphQl: 'AWS::AppSync::GraphQLApi',
  httpApi: 'AWS::ApiGatewayV2::Api',
  places: 'AWS::Location::PlaceIndex',
  queue: 'AWS::SQS::Queue',
  rule: 'AWS::Events::Rule',
  stateMachine: 'AWS::StepFunctions::StateMachine',
  table: 'AWS::DynamoDB::Table',
  topic: 'AWS::SNS::Topic',
} as const;

/**
 * All pairs that a connector can connect: source type, then destination type.
 *
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/reference-sam-connector.html
 */
export const connectorProfiles: Readonly<Record<string, Readonly<Record<string, ConnectorProfile>>>> = {
  [types.table]: {
    [types.function]: ofRole(
      {
        Read: [
          allow(
            [`${source}/stream/*`],
            ...words('dynamodb', 'DescribeStream GetRecords GetShardIterator ListStreams'),
          ),
        ],
      },
      { extends: 'destination', dependedBy: 'eventSourceMapping' },
    ),
  },
  [types.rule]: {
    [types.topic]: sentBy('topicPolicy', 'events', 'sns:Publish'),
    [types.bus]: putEvents,
    [types.stateMachine]: write('states:StartExecution'),
    [types.function]: invokedBy('events', source),
    [types.queue]: sentBy('queuePolicy', 'events', 'sqs:SendMessage'),
  },
  [types.function]: {
    [types.function]: invoke,
    [types.bucket]: bucket,
    [types.table]: table,
    [types.queue]: ofRole({
      Read: [allow([destination], 'sqs:ReceiveMessage', 'sqs:GetQueueAttributes')],
      Write: [
        allow([destination], ...words('sqs', 'DeleteMessage SendMessage ChangeMessageVisibility PurgeQueue')),
      ],
    }),
    [types.topic]: publish,
    [types.stateMachine]: ofRole({
      Write: [
        allow([destination], 'states:StartExecution', 'states:StartSyncExecution'),
        allow([executions], 'states:StopExecution'),
      ],
      Read: [
        allow([destination], 'states:DescribeStateMachine', 'states:ListExecutions'),
        allow(
          [executions],
          ...words('states', 'DescribeExecution DescribeStateMachineForExecution GetExecutionHistory'),
        ),
      ],
    }),
    [types.bus]: putEvents,
    [types.places]: ofRole({
      Read: [
        allow(
          [destination],
          ...words(
            'geo',
            `DescribePlaceIndex GetPlace SearchPlaceIndexForPosition SearchPlaceIndexForSuggestions
             SearchPlaceIndexForText`,
          ),
        ),
      ],
    }),
  },
  [types.httpApi]: { [types.function]: invokedBy('apigateway', apiArn) },
  [types.api]: { [types.function]: invokedBy('apigateway', apiArn) },
  [types.topic]: {
    [types.queue]: sentBy('queuePolicy', 'sns', 'sqs:SendMessage'),
    [types.function]: invokedBy('sns', source),
  },
  [types.queue]: {
    [types.function]: ofRole(
      {
        Write: [allow([source], 'sqs:DeleteMessage')],
        Read: [allow([source], 'sqs:ReceiveMessage', 'sqs:GetQueueAttributes')],
      },
      { extends: 'destination', dependedBy: 'eventSourceMapping', combinations: [['Read', 'Write']] },
    ),
  },
  [types.bucket]: { [types.function]: invokedBy('s3', source, { SourceAccount: '${AWS::AccountId}' }) },
  [types.stateMachine]: {
    [types.function]: invoke,
    [types.topic]: publish,
    [types.queue]: write('sqs:SendMessage'),
    [types.bucket]: bucket,
    [types.table]: table,
    [types.stateMachine]: ofRole(
      {
        Read: [allow([executions], 'states:DescribeExecution'), allow([managedRule], 'events:DescribeRule')],
        Write: [
          allow([destination], 'states:StartExecution'),
          allow([executions], 'states:StopExecution'),
          allow([managedRule], 'events:PutTargets', 'events:PutRule'),
        ],
      },
      { dependedBy: 'source', combinations: [['Read'], ['Read', 'Write']] },
    ),
    [types.bus]: putEvents,
  },
  [types.dataSource]: {
    [types.table]: table,
    [types.function]: ofRole({
      Write: [allow([destination, `${destination}:*`], 'lambda:InvokeAsync', 'lambda:InvokeFunction')],
    }),
    [types.bus]: putEvents,
  },
  [types.graphQl]: {
    [types.function]: invokedBy(
      'appsync',
      'arn:${AWS::Partition}:appsync:${AWS::Region}:${AWS::AccountId}:apis/%{Source.ResourceId}',
    ),
  },
};
