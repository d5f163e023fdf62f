/** DynamoDB Streams: the API that reads what the tables' changes wrote. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html */
import { formatArn } from '../../../kernel/index.ts';
import { type AuthorizationRule, defineService } from '../../../platform/index.ts';
import { withPolicies } from '../authorization/judge.ts';
import { Policies } from '../store/policies.ts';
import { DescribeStream, ListStreams, type StreamsRoom } from './DescribeStream.ts';
import { GetRecords, GetShardIterator } from './GetRecords.ts';

const onStream: AuthorizationRule<StreamsRoom> = (_ctx, input: { StreamArn: string }) => ({
  resources: [input.StreamArn],
});

/** An iterator begins with the ARN of its stream; one that doesn't is refused later. */
const onIterator: AuthorizationRule<StreamsRoom> = (_ctx, { ShardIterator }: { ShardIterator: string }) => {
  const arn = ShardIterator.slice(0, Math.max(0, ShardIterator.indexOf('|')));
  return { resources: [arn.startsWith('arn:') ? arn : '*'] };
};

const onStreamsOfTable: AuthorizationRule<StreamsRoom> = (ctx, { TableName }: { TableName?: string }) => ({
  resources: [
    formatArn({
      service: 'dynamodb',
      region: ctx.region,
      account: ctx.account,
      resource: `table/${TableName ?? '*'}/stream/*`,
    }),
  ],
});

const rules: Record<string, AuthorizationRule<StreamsRoom>> = {
  DescribeStream: onStream,
  GetShardIterator: onStream,
  GetRecords: onIterator,
  ListStreams: onStreamsOfTable,
};

export const dynamodbStreams = defineService<StreamsRoom>({
  name: 'dynamodbstreams',
  iamPrefix: 'dynamodb',
  open: ({ store, logs }) => ({ store, logs, policies: new Policies(store) }),
  close: async ({ policies }) => policies.close(),
  operations: { DescribeStream, GetRecords, GetShardIterator, ListStreams },
  authorize: Object.fromEntries(
    Object.entries(rules).map(([name, rule]) => [
      name,
      (ctx, input: never) => withPolicies(ctx.room.policies, rule(ctx, input)),
    ]),
  ),
});
