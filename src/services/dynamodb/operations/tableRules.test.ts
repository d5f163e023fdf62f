/** What CreateTable, UpdateTable and the tag operations refuse, in AWS's words. */
import { describe, expect, it } from 'vitest';
import { openDynamoDb } from '../testing/harness.ts';

const invalid = (what: string) => `One or more parameter values were invalid: ${what}`;
const attributes = (...names: string[]) =>
  names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' }));
const key = (hash: string, range?: string) => [
  { AttributeName: hash, KeyType: 'HASH' },
  ...(range ? [{ AttributeName: range, KeyType: 'RANGE' }] : []),
];
const index = (IndexName: string, KeySchema: object[], more: object = {}) => ({
  IndexName,
  KeySchema,
  Projection: { ProjectionType: 'ALL' },
  ...more,
});
const units = (ReadCapacityUnits: number, WriteCapacityUnits = ReadCapacityUnits) => ({
  ProvisionedThroughput: { ReadCapacityUnits, WriteCapacityUnits },
});
const projected = (Projection: object) => ({
  GlobalSecondaryIndexes: [index('gsi', key('pk'), { Projection })],
});

describe('CreateTable refuses', () => {
  it.each<[string, object, string]>([
    [
      'a table key of three attributes',
      {
        AttributeDefinitions: attributes('pk', 'a', 'b'),
        KeySchema: [...key('pk', 'a'), { AttributeName: 'b', KeyType: 'RANGE' }],
      },
      "1 validation error detected: Value '[KeySchemaElement(attributeName=pk, keyType=HASH), KeySchemaElement(attributeName=a, keyType=RANGE), KeySchemaElement(attributeName=b, keyType=RANGE)]' at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2",
    ],
    [
      'a definition twice',
      { AttributeDefinitions: attributes('pk', 'pk') },
      'Attribute Name is duplicated: pk',
    ],
    [
      'a definition that no key uses, before anything else of an index',
      {
        AttributeDefinitions: attributes('pk', 'sk', 'a', 'b', 'c'),
        KeySchema: key('pk', 'sk'),
        GlobalSecondaryIndexes: [index('gsi', key('a'), { Projection: {} })],
      },
      invalid(
        'Some AttributeDefinitions are not used. AttributeDefinitions: [sk, a, b, pk, c], keys used: [a, sk, pk]',
      ),
    ],
    [
      'an empty list of indexes',
      { GlobalSecondaryIndexes: [] },
      invalid('List of GlobalSecondaryIndexes is empty'),
    ],
    [
      'an attribute projected twice',
      projected({ ProjectionType: 'INCLUDE', NonKeyAttributes: ['x', 'x'] }),
      invalid('Duplicate element in NonKeyAttributes: x'),
    ],
    ['a projection without a type', projected({}), invalid('Unknown ProjectionType: null')],
    [
      'an index without throughput',
      { BillingMode: 'PROVISIONED', ...units(1), ...projected({ ProjectionType: 'ALL' }) },
      invalid('ProvisionedThroughput is not specified for index: gsi'),
    ],
    [
      'maxima of requests in provisioned mode',
      { BillingMode: 'PROVISIONED', ...units(1), OnDemandThroughput: { MaxReadRequestUnits: 1 } },
      invalid(
        'MaxReadRequestUnits for OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED.',
      ),
    ],
    [
      'a maximum of no requests',
      { OnDemandThroughput: { MaxWriteRequestUnits: 0 } },
      invalid('Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of valid range'),
    ],
    [
      'a key of KMS without its type',
      { SSESpecification: { Enabled: true, KMSMasterKeyId: 'alias/mine' } },
      invalid('SSEType KMS is required if KMSMasterKeyId is specified'),
    ],
    [
      'a class that there is not',
      { TableClass: 'COLD' },
      'Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, STANDARD_INFREQUENT_ACCESS].',
    ],
    [
      'a tag of AWS',
      { Tags: [{ Key: 'AWS:x', Value: '' }] },
      'Tag Key cannot be prefixed with aws:, Key: AWS:x',
    ],
    [
      'a tag with a forbidden sign',
      { Tags: [{ Key: 'a#', Value: '' }] },
      'The Tag Key provided is invalid, Key: a#',
    ],
    ['a tag without a value', { Tags: [{ Key: 'a' }] }, 'The Tag Value provided is invalid, Value: null'],
  ])('%s', async (_what, more, message) => {
    const { createTable } = await openDynamoDb();
    await expect(createTable('tbl', false, more)).rejects.toMatchObject({
      code: 'ValidationException',
      message,
    });
  });

  it('more throughput than an account has', async () => {
    const { createTable } = await openDynamoDb();
    await expect(
      createTable('tbl', false, { BillingMode: 'PROVISIONED', ...units(40_001, 1) }),
    ).rejects.toMatchObject({
      code: 'LimitExceededException',
      message:
        'The requested ReadCapacityUnits, 40001, is above the per table maximum for the account in eu-west-1. Per table maximum: 40000. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.',
    });
  });
});

const alone = (what: string) => invalid(`${what} modification must be the only operation in the request`);
const gsi2 = { Create: index('gsi2', key('a')) };

describe('UpdateTable refuses', () => {
  it.each<[string, object, string]>([
    [
      'an empty list of updates',
      { BillingMode: 'PAY_PER_REQUEST', GlobalSecondaryIndexUpdates: [] },
      invalid('List of GlobalSecondaryIndexUpdates is empty'),
    ],
    [
      'encryption with anything else',
      { SSESpecification: { Enabled: true }, TableClass: 'STANDARD', DeletionProtectionEnabled: true },
      alone('Server-Side Encryption'),
    ],
    [
      'a class with anything else',
      { TableClass: 'STANDARD', DeletionProtectionEnabled: true },
      alone('TableClass'),
    ],
    [
      'protection with anything else',
      { DeletionProtectionEnabled: true, GlobalSecondaryIndexUpdates: [gsi2] },
      alone('DeletionProtection'),
    ],
    [
      'maxima of requests with a stream',
      { OnDemandThroughput: { MaxReadRequestUnits: 1 }, StreamSpecification: { StreamEnabled: false } },
      invalid('OnDemandThroughput can only be combined with BillingMode in an UpdateTable request'),
    ],
    [
      'an index that comes with a stream',
      {
        AttributeDefinitions: attributes('a'),
        GlobalSecondaryIndexUpdates: [gsi2],
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
      },
      invalid('You cannot create or delete index while changing stream status'),
    ],
    [
      'an index without definitions',
      { GlobalSecondaryIndexUpdates: [gsi2] },
      invalid('AttributeDefinitions is not specified for index: gsi2'),
    ],
    [
      'two actions in one',
      { GlobalSecondaryIndexUpdates: [{ ...gsi2, Delete: { IndexName: 'gsi' } }] },
      invalid('Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object'),
    ],
    [
      'an index that is there',
      {
        AttributeDefinitions: attributes('a'),
        GlobalSecondaryIndexUpdates: [{ Create: index('lsi', key('a')) }],
      },
      'Attempting to create an index which already exists',
    ],
    [
      'to delete a local index',
      { GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'lsi' } }] },
      'Cannot delete an index that is not a GlobalSecondaryIndex: lsi',
    ],
    [
      'throughput of an index on demand',
      { GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'gsi', ...units(1) } }] },
      invalid(
        'The only Updates for index: gsi when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput',
      ),
    ],
    [
      'to leave on-demand mode without its indexes',
      { BillingMode: 'PROVISIONED', ...units(1) },
      invalid('ProvisionedThroughput must be specified for index: gsi'),
    ],
    [
      'to encrypt nothing',
      { SSESpecification: { Enabled: false } },
      invalid('Table is already encrypted by default'),
    ],
    [
      'a stream to end that is not there',
      { StreamSpecification: { StreamEnabled: false } },
      'Table has no stream to disable: TableName: tbl',
    ],
    [
      'a consistency alone, which it leaves out of what is required',
      { MultiRegionConsistency: 'STRONG' },
      'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required',
    ],
    [
      'maxima of requests with warm throughput, naming the maxima',
      { OnDemandThroughput: { MaxReadRequestUnits: 1 }, WarmThroughput: { ReadUnitsPerSecond: 13000 } },
      invalid('OnDemandThroughput can only be combined with BillingMode in an UpdateTable request'),
    ],
    [
      'warm throughput without units before anything else',
      {
        TableClass: 'STANDARD',
        GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'none', WarmThroughput: {} } }],
      },
      invalid(
        'WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: none',
      ),
    ],
    [
      'provisioned throughput on demand, whatever is empty beside it',
      { WarmThroughput: {}, ...units(1) },
      invalid(
        'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
      ),
    ],
    [
      'an index on demand to be updated with nothing',
      { GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'gsi', OnDemandThroughput: {} } }] },
      invalid(
        'The only Updates for index: gsi when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput',
      ),
    ],
  ])('%s', async (_what, more, message) => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', 'S', {
      GlobalSecondaryIndexes: [index('gsi', key('pk'))],
      LocalSecondaryIndexes: [index('lsi', key('pk', 'sk'))],
    });
    await expect(call('UpdateTable', { TableName: 'tbl', ...more })).rejects.toMatchObject({
      code: 'ValidationException',
      message,
    });
  });

  it('an index that is not there, and two changes of indexes at once', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', 'S', {
      GlobalSecondaryIndexes: [index('gsi', key('pk')), index('other', key('pk'))],
    });
    const remove = (...names: string[]) =>
      call('UpdateTable', {
        TableName: 'tbl',
        GlobalSecondaryIndexUpdates: names.map((IndexName) => ({ Delete: { IndexName } })),
      });
    await expect(remove('none')).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
      message: 'Requested resource not found: Index none for table tbl',
    });
    await expect(remove('gsi', 'other')).rejects.toMatchObject({
      code: 'LimitExceededException',
      message:
        'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
    });
  });

  it('a key only that is named by its ARN and is in use already', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', 'S', { SSESpecification: { SSEType: 'KMS' } });
    const update = (KMSMasterKeyId: string) =>
      call<{ TableDescription: { SSEDescription: { KMSMasterKeyArn: string } } }>('UpdateTable', {
        TableName: 'tbl',
        SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId },
      });
    const { KMSMasterKeyArn: arn } = (await update('alias/own')).TableDescription.SSEDescription;
    expect(arn).toBe('arn:aws:kms:eu-west-1:000000000000:alias/own');
    await update('alias/own');
    await expect(update(arn)).rejects.toMatchObject({
      message: invalid(
        'Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key',
      ),
    });
  });

  it('nothing empty that stands beside a change', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl');
    await call('UpdateTable', { TableName: 'tbl', WarmThroughput: {}, TableClass: 'STANDARD' });
    await call('UpdateTable', {
      TableName: 'tbl',
      OnDemandThroughput: {},
      BillingMode: 'PAY_PER_REQUEST',
    });
    const { Table } = await call<{ Table: object }>('DescribeTable', { TableName: 'tbl' });
    expect(Table).not.toHaveProperty('OnDemandThroughput');
  });

  it('nothing when a table leaves on-demand mode with its indexes; its maxima go', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', 'S', {
      GlobalSecondaryIndexes: [index('gsi', key('pk'))],
      OnDemandThroughput: { MaxReadRequestUnits: 5 },
    });
    await call('UpdateTable', {
      TableName: 'tbl',
      BillingMode: 'PROVISIONED',
      ...units(1),
      GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'gsi', ...units(2) } }],
    });
    const { Table } = await call<{ Table: object }>('DescribeTable', { TableName: 'tbl' });
    expect(Table).toMatchObject({
      ProvisionedThroughput: { ReadCapacityUnits: 1 },
      GlobalSecondaryIndexes: [{ ProvisionedThroughput: { ReadCapacityUnits: 2 } }],
    });
    expect(Table).not.toHaveProperty('OnDemandThroughput');
  });
});

describe('tags are refused for', () => {
  const arn = 'arn:aws:dynamodb:eu-west-1:000000000000:table/tbl';
  it.each<[string, string, string]>([
    ['what is no ARN', 'tbl', invalid("ARNs must start with 'arn:': tbl")],
    [
      'an index',
      `${arn}/index/gsi`,
      invalid(
        `Invalid resource arn provided, only table or stream is accepted. Provided resource arn: ${arn}/index/gsi`,
      ),
    ],
    ['a backup', `${arn}/backup/1`, invalid(`Provided Arn is not a DynamoDB resource arn: ${arn}/backup/1`)],
    [
      'another region',
      arn.replace('eu-west-1', 'eu-west-2'),
      `Invalid TableArn: Invalid ResourceArn provided as input ${arn.replace('eu-west-1', 'eu-west-2')}`,
    ],
    ['a table that is not there', arn, `Requested resource not found: ResourceArn: ${arn} not found`],
  ])('%s', async (_what, ResourceArn, message) => {
    const { call } = await openDynamoDb();
    await expect(call('ListTagsOfResource', { ResourceArn })).rejects.toMatchObject({ message });
  });

  it('another account, and more keys than a table has tags', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl');
    await expect(
      call('ListTagsOfResource', { ResourceArn: arn.replace('000000000000', '111111111111') }),
    ).rejects.toMatchObject({ code: 'AccessDeniedException', message: 'Access is denied' });
    const TagKeys = Array.from({ length: 51 }, (_, n) => `k${n}`);
    await expect(call('UntagResource', { ResourceArn: arn, TagKeys })).rejects.toMatchObject({
      message: 'Number of Tags exceed the current limit for the provided ResourceArn',
    });
  });
});
