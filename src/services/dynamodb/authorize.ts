/** Who may do what to which table. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html */
import { formatArn } from '../../kernel/index.ts';
import type { AuthorizationRequest, AuthorizationRule } from '../../platform/index.ts';
import type { Item } from './domain/attributeValues.ts';
import type { Context, Room } from './room.ts';

type Rule<Input> = (ctx: Context, input: Input) => AuthorizationRequest | AuthorizationRequest[];

function tableArn(ctx: Context, nameOrArn: string | undefined): string {
  if (nameOrArn?.startsWith('arn:')) return nameOrArn;
  return formatArn({
    service: 'dynamodb',
    region: ctx.region,
    account: ctx.account,
    resource: `table/${nameOrArn ?? '*'}`,
  });
}

const onTable: Rule<{ TableName?: string }> = (ctx, input) => ({
  resources: [tableArn(ctx, input.TableName)],
});

/** LeadingKeys is the partition key's value; known when the table is in memory, which one request makes it. */
const onItem: Rule<{ TableName?: string; Key?: Item; Item?: Item; ReturnValues?: string }> = (ctx, input) => {
  const resources = [tableArn(ctx, input.TableName)];
  const table = ctx.room.tables.known(ctx, input.TableName ?? '');
  const value = table && (input.Key ?? input.Item)?.[table.key.partition.name];
  const leading = value?.S ?? value?.N;
  const context: Record<string, string> = {};
  if (leading !== undefined) context['dynamodb:LeadingKeys'] = leading;
  if (input.ReturnValues !== undefined) context['dynamodb:ReturnValues'] = input.ReturnValues;
  return { resources, context };
};

const onIndex: Rule<{ TableName?: string; IndexName?: string; Select?: string }> = (ctx, input) => {
  const table = tableArn(ctx, input.TableName);
  return {
    resources: [input.IndexName === undefined ? table : `${table}/index/${input.IndexName}`],
    ...(input.Select === undefined ? {} : { context: { 'dynamodb:Select': input.Select } }),
  };
};

const onArn: Rule<{ ResourceArn: string }> = (_ctx, input) => ({ resources: [input.ResourceArn] });
const onAny: Rule<unknown> = () => ({ resources: ['*'] });

/** A batch may touch several tables; IAM is asked for each. */
const onTables: Rule<{ RequestItems: Record<string, unknown> }> = (ctx, input) => ({
  resources: Object.keys(input.RequestItems).map((name) => tableArn(ctx, name)),
});

/** A transaction asks for what its parts do: PutItem, UpdateItem, DeleteItem, ConditionCheckItem, GetItem. */
const onTransaction: Rule<{ TransactItems: Record<string, { TableName: string } | undefined>[] }> = (
  ctx,
  input,
) => {
  const requests = new Map<string, Set<string>>();
  for (const parts of input.TransactItems) {
    for (const [kind, part] of Object.entries(parts)) {
      if (!part) continue;
      const action = `dynamodb:${kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`}`;
      requests.set(action, (requests.get(action) ?? new Set()).add(tableArn(ctx, part.TableName)));
    }
  }
  const enclosing = 'Get' in (input.TransactItems[0] ?? {}) ? 'TransactGetItems' : 'TransactWriteItems';
  return [...requests].map(([action, resources]) => ({
    action,
    resources: [...resources],
    context: { 'dynamodb:EnclosingOperation': enclosing },
  }));
};

const rules: Record<string, Rule<never>> = {
  BatchGetItem: onTables,
  BatchWriteItem: onTables,
  CreateTable: onTable,
  DeleteItem: onItem,
  DeleteTable: onTable,
  DescribeContinuousBackups: onTable,
  DescribeEndpoints: onAny,
  DescribeLimits: onAny,
  DescribeTable: onTable,
  DescribeTimeToLive: onTable,
  GetItem: onItem,
  ListTables: onAny,
  ListTagsOfResource: onArn,
  PutItem: onItem,
  Query: onIndex,
  Scan: onIndex,
  TagResource: onArn,
  TransactGetItems: onTransaction,
  TransactWriteItems: onTransaction,
  UntagResource: onArn,
  UpdateItem: onItem,
  UpdateTable: onTable,
  UpdateTimeToLive: onTable,
};

export const authorize: Readonly<Record<string, AuthorizationRule<Room>>> = rules;
