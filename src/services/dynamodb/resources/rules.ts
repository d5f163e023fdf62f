/** What templates may say of tables; CloudFormation's own names. */
import type { PropertyRule } from '../../../platform/index.ts';

type Rules = Readonly<Record<string, PropertyRule>>;

const object = (members: Rules): PropertyRule => ({ type: 'object', members });
const list = (members: Rules): PropertyRule => ({ type: 'array', members });
const requiredText: PropertyRule = { type: 'string', required: true };
const text: PropertyRule = { type: 'string' };
const number: PropertyRule = { type: 'number' };
const requiredNumber: PropertyRule = { type: 'number', required: true };
const boolean: PropertyRule = { type: 'boolean' };

const keySchema = list({ AttributeName: requiredText, KeyType: requiredText });
const projection = object({ ProjectionType: text, NonKeyAttributes: { type: 'array' } });
const warmThroughput = object({ ReadUnitsPerSecond: number, WriteUnitsPerSecond: number });
const insights = object({ Enabled: { type: 'boolean', required: true }, Mode: text });
const kinesis = object({ StreamArn: requiredText, ApproximateCreationDateTimePrecision: text });
const recovery = object({ PointInTimeRecoveryEnabled: boolean, RecoveryPeriodInDays: number });
const policy = object({ PolicyDocument: { type: 'json', required: true } });
const throughput = object({ ReadCapacityUnits: requiredNumber, WriteCapacityUnits: requiredNumber });
const onDemand = object({ MaxReadRequestUnits: number, MaxWriteRequestUnits: number });
const timeToLive = object({ AttributeName: text, Enabled: { type: 'boolean', required: true } });

const scaling = object({
  MinCapacity: requiredNumber,
  MaxCapacity: requiredNumber,
  SeedCapacity: number,
  TargetTrackingScalingPolicyConfiguration: {
    ...object({
      TargetValue: requiredNumber,
      DisableScaleIn: boolean,
      ScaleInCooldown: number,
      ScaleOutCooldown: number,
    }),
    required: true,
  },
});
const readScaling = object({ ReadCapacityUnits: number, ReadCapacityAutoScalingSettings: scaling });
const writeScaling = object({ WriteCapacityAutoScalingSettings: scaling });
const readOnDemand = object({ MaxReadRequestUnits: number });
const writeOnDemand = object({ MaxWriteRequestUnits: number });

/** What both types say alike. A change of the key or of local indexes makes another table. */
const shared: Rules = {
  TableName: { type: 'string', createOnly: true },
  AttributeDefinitions: list({ AttributeName: requiredText, AttributeType: requiredText }),
  KeySchema: { ...keySchema, required: true, createOnly: true },
  BillingMode: text,
  LocalSecondaryIndexes: {
    ...list({
      IndexName: requiredText,
      KeySchema: { ...keySchema, required: true },
      Projection: { ...projection, required: true },
    }),
    createOnly: true,
  },
  TimeToLiveSpecification: timeToLive,
  WarmThroughput: warmThroughput,
};
const globalIndex: Rules = {
  IndexName: requiredText,
  KeySchema: { ...keySchema, required: true },
  Projection: { ...projection, required: true },
  WarmThroughput: warmThroughput,
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html */
export const tableProperties: Rules = {
  ...shared,
  ProvisionedThroughput: throughput,
  OnDemandThroughput: onDemand,
  GlobalSecondaryIndexes: list({
    ...globalIndex,
    ProvisionedThroughput: throughput,
    OnDemandThroughput: onDemand,
    ContributorInsightsSpecification: insights,
  }),
  StreamSpecification: object({ StreamViewType: requiredText, ResourcePolicy: policy }),
  SSESpecification: object({
    SSEEnabled: { type: 'boolean', required: true },
    SSEType: text,
    KMSMasterKeyId: text,
  }),
  TableClass: text,
  DeletionProtectionEnabled: boolean,
  PointInTimeRecoverySpecification: recovery,
  ContributorInsightsSpecification: insights,
  KinesisStreamSpecification: kinesis,
  ResourcePolicy: policy,
  ImportSourceSpecification: {
    ...object({
      InputFormat: requiredText,
      InputCompressionType: text,
      InputFormatOptions: object({
        Csv: object({ Delimiter: text, HeaderList: { type: 'array' } }),
      }),
      S3BucketSource: {
        ...object({ S3Bucket: requiredText, S3BucketOwner: text, S3KeyPrefix: text }),
        required: true,
      },
    }),
    createOnly: true,
  },
  Tags: { type: 'tags' },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html */
export const globalTableProperties: Rules = {
  ...shared,
  AttributeDefinitions: { ...shared.AttributeDefinitions, required: true },
  GlobalSecondaryIndexes: list({
    ...globalIndex,
    ReadOnDemandThroughputSettings: readOnDemand,
    ReadProvisionedThroughputSettings: object({ ReadCapacityUnits: number }),
    WriteOnDemandThroughputSettings: writeOnDemand,
    WriteProvisionedThroughputSettings: writeScaling,
  }),
  GlobalTableWitnesses: list({ Region: text }),
  MultiRegionConsistency: { type: 'string', createOnly: true },
  ReadOnDemandThroughputSettings: readOnDemand,
  ReadProvisionedThroughputSettings: object({ ReadCapacityUnits: number }),
  WriteOnDemandThroughputSettings: writeOnDemand,
  WriteProvisionedThroughputSettings: writeScaling,
  SSESpecification: object({ SSEEnabled: { type: 'boolean', required: true }, SSEType: text }),
  StreamSpecification: object({ StreamViewType: requiredText }),
  Replicas: {
    ...list({
      Region: requiredText,
      ContributorInsightsSpecification: insights,
      DeletionProtectionEnabled: boolean,
      GlobalSecondaryIndexes: list({
        IndexName: requiredText,
        ContributorInsightsSpecification: insights,
        ReadOnDemandThroughputSettings: readOnDemand,
        ReadProvisionedThroughputSettings: readScaling,
      }),
      KinesisStreamSpecification: kinesis,
      PointInTimeRecoverySpecification: recovery,
      ReadOnDemandThroughputSettings: readOnDemand,
      ReadProvisionedThroughputSettings: readScaling,
      ReplicaStreamSpecification: object({ ResourcePolicy: { ...policy, required: true } }),
      ResourcePolicy: policy,
      SSESpecification: object({ KMSMasterKeyId: requiredText }),
      TableClass: text,
      Tags: { type: 'tags' },
    }),
    required: true,
  },
};
