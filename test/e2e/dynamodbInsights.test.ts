/** Contributor insights, as people see them while there is no CloudWatch. */
import {
  CreateTableCommand,
  DescribeContributorInsightsCommand,
  DynamoDBClient,
  GetItemCommand,
  UpdateContributorInsightsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

it('shows the top keys of a table on a page of the control plane', async () => {
  const client = new DynamoDBClient(cloud.clientConfig);
  const TableName = 'orders';
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  );
  await client.send(new UpdateContributorInsightsCommand({ TableName, ContributorInsightsAction: 'ENABLE' }));
  for (const id of ['a', 'b', 'b']) {
    await client.send(new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true }));
  }
  const { ContributorInsightsRuleList } = await client.send(
    new DescribeContributorInsightsCommand({ TableName }),
  );
  const page = `${cloud.endpoint}/_brume/services/dynamodb/contributor-insights`;
  const answer = await fetch(`${page}?table=orders`);
  expect(await answer.json()).toEqual({
    status: 'ENABLED',
    mode: 'ACCESSED_AND_THROTTLED_KEYS',
    rules: [
      {
        rule: ContributorInsightsRuleList?.[0],
        contributors: [
          { keys: ['b'], count: 2, error: 0 },
          { keys: ['a'], count: 1, error: 0 },
        ],
      },
      { rule: ContributorInsightsRuleList?.[1], contributors: [] },
    ],
  });
  expect((await fetch(page)).status).toBe(400);
  expect((await fetch(`${cloud.endpoint}/_brume/services/dynamodb/nothing`)).status).toBe(404);
});
