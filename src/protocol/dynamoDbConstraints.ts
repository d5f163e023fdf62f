/** Where DynamoDB's constraints, as its answers show them, aren't those of its model. */
import type { Shape, ShapeRef } from './model.ts';

type Shapes = Record<string, Shape>;

/** Structures and maps that name a table to read from or write to. */
const dataStructures = [
  ...['GetItemInput', 'PutItemInput', 'UpdateItemInput', 'DeleteItemInput', 'QueryInput', 'ScanInput'],
  ...['Get', 'Put', 'Update', 'Delete', 'ConditionCheck'],
];
const dataMaps = ['BatchGetRequestMap', 'BatchWriteItemRequestMap'];

/** Sets of words in the order of the service's messages; the model's is another. */
const orders: Readonly<Record<string, readonly string[]>> = {
  ReturnValue: ['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW'],
  ConditionalOperator: ['OR', 'AND'],
  Select: ['SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES'],
  ComparisonOperator: [
    ...['IN', 'NULL', 'BETWEEN', 'LT', 'NOT_CONTAINS', 'EQ', 'GT'],
    ...['NOT_NULL', 'NE', 'LE', 'BEGINS_WITH', 'GE', 'CONTAINS'],
  ],
  ScalarAttributeType: ['B', 'N', 'S'],
  ProjectionType: ['ALL', 'INCLUDE', 'KEYS_ONLY'],
  StreamViewType: ['OLD_IMAGE', 'KEYS_ONLY', 'NEW_AND_OLD_IMAGES', 'NEW_IMAGE'],
  ContributorInsightsMode: ['THROTTLED_KEYS', 'ACCESSED_AND_THROTTLED_KEYS'],
  InputCompressionType: ['ZSTD', 'NONE', 'GZIP'],
  ExportFormat: ['ION', 'DYNAMODB_JSON'],
};

/** Members in the order in which the service tells what is wrong with several of them; the model's is another. */
const memberOrders: Readonly<Record<string, readonly string[]>> = {
  ProvisionedThroughput: ['WriteCapacityUnits', 'ReadCapacityUnits'],
  AttributeDefinition: ['AttributeType', 'AttributeName'],
  TimeToLiveSpecification: ['AttributeName', 'Enabled'],
};

/** Strings whose length the operations check, in words of their own. */
const unmeasured = ['TableArn', 'BackupArn'];

/** Names that the operations check, likewise. */
const uncheckedNames = ['GlobalTableName', 'TargetTableName'];
const insightsInputs = ['DescribeContributorInsightsInput', 'UpdateContributorInsightsInput'];

/** Since tables are named by ARN too, the model has one lax shape for both; names are still held to their own. */
export function refineDynamoDb(shapes: Readonly<Shapes>): Shapes {
  const refined: Shapes = { ...shapes };
  const { TableName } = shapes;
  if (TableName?.type !== 'string') return refined;
  refined.TableNameOrArn = { ...TableName, orArn: true };
  const ref: ShapeRef = { shape: 'TableNameOrArn' };
  for (const name of dataStructures) {
    const shape = shapes[name];
    if (shape?.type !== 'structure') continue;
    refined[name] = { ...shape, members: { ...shape.members, TableName: ref } };
  }
  for (const name of dataMaps) {
    const shape = shapes[name];
    if (shape?.type === 'map') refined[name] = { ...shape, key: ref };
  }
  for (const [name, shape] of Object.entries(refined)) {
    if (shape.type !== 'structure' || !name.endsWith('Input')) continue;
    const names = insightsInputs.includes(name) ? ['IndexName'] : uncheckedNames;
    const members = names.filter((member) => shape.members[member]);
    if (members.length === 0) continue;
    const lax = Object.fromEntries(members.map((member) => [member, { shape: 'TableArn' }]));
    refined[name] = { ...shape, members: { ...shape.members, ...lax } };
  }
  for (const name of unmeasured) {
    const shape = shapes[name];
    if (shape?.type !== 'string') continue;
    const { min: _, ...rest } = shape;
    refined[name] = rest;
  }
  for (const [name, order] of Object.entries(memberOrders)) {
    const shape = shapes[name];
    if (shape?.type !== 'structure') continue;
    const known = order.flatMap((member) => {
      const of = shape.members[member];
      return of ? [[member, of] as const] : [];
    });
    refined[name] = { ...shape, members: { ...Object.fromEntries(known), ...shape.members } };
  }
  const { KMSMasterKeyId: key } = shapes;
  if (key?.type === 'string') refined.KMSMasterKeyId = { ...key, min: 1 };
  for (const [name, order] of Object.entries(orders)) {
    const shape = shapes[name];
    if (shape?.type !== 'string' || !shape.enum) continue;
    const rest = shape.enum.filter((word) => !order.includes(word));
    refined[name] = { ...shape, enum: [...order, ...rest] };
  }
  return refined;
}
