import { describe, expect, it } from 'vitest';
import type { Properties, ResourceContext, ResourceState } from '../../platform/index.ts';
import { resources } from './resources.ts';
import { openDynamoDb } from './testing/harness.ts';

async function stack() {
  const bench = await openDynamoDb();
  const [table] = resources;
  if (!table) throw new Error('no table type');
  const calls: string[] = [];
  const ctx = {
    aws: {
      call: (_service: string, operation: string, input: object) => {
        calls.push(operation);
        return bench.call(operation, input);
      },
    },
    stackTags: { team: 'blue', 'aws:cloudformation:stack-name': 's' },
    generateName: () => 'stack-Table-ABC',
  } as unknown as ResourceContext;
  const update = (current: ResourceState, after: Properties, before: Properties) => {
    calls.length = 0;
    return table.update(ctx, current, after, before);
  };
  return { ...bench, table, ctx, calls, update };
}

const plain: Properties = {
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  ProvisionedThroughput: { ReadCapacityUnits: '5', WriteCapacityUnits: 5 },
};

describe('AWS::DynamoDB::Table', () => {
  it('is created with a generated name and the tags of the stack, and deleted twice', async () => {
    const { table, ctx, call } = await stack();
    const state = await table.create(ctx, plain);
    expect(state).toEqual({
      physicalId: 'stack-Table-ABC',
      attributes: { Arn: 'arn:aws:dynamodb:eu-west-1:000000000000:table/stack-Table-ABC' },
    });
    expect(await call('ListTagsOfResource', { ResourceArn: state.attributes.Arn })).toEqual({
      Tags: [{ Key: 'team', Value: 'blue' }],
    });
    await table.delete(ctx, state, plain);
    await table.delete(ctx, state, plain);
    expect(await call('ListTables', {})).toEqual({ TableNames: [] });
  });

  it('changes only what the template changes', async () => {
    const { table, ctx, call, calls, update, settle } = await stack();
    const state = await table.create(ctx, plain);
    await update(state, { ...plain }, plain);
    expect(calls).toEqual(['TagResource', 'DescribeTable']);
    const after: Properties = {
      ...plain,
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'n', AttributeType: 'N' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byN',
          KeySchema: [{ AttributeName: 'n', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
          ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
        },
      ],
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    };
    const changed = await update(state, after, plain);
    expect(changed.attributes.StreamArn).toContain('/stream/2026-01-01T00:00:00.000');
    await settle();
    const { Table } = await call<{ Table: { GlobalSecondaryIndexes: object[] } }>('DescribeTable', {
      TableName: state.physicalId,
    });
    expect(Table.GlobalSecondaryIndexes).toMatchObject([{ IndexName: 'byN', IndexStatus: 'ACTIVE' }]);
    expect(await call('DescribeTimeToLive', { TableName: state.physicalId })).toEqual({
      TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' },
    });
    await update(changed, plain, after);
    await settle();
    expect(calls).toEqual(['UpdateTable', 'UpdateTable', 'UpdateTimeToLive', 'TagResource', 'DescribeTable']);
  });
});
