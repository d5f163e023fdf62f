/** Who may do what to which table, item and attribute. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html */
import { formatArn } from '../../kernel/index.ts';
import type { AuthorizationRequest, AuthorizationRule } from '../../platform/index.ts';
import type { Item } from './domain/attributeValues.ts';
import { keyText, type Mentioning, mentionedAttributes, queriedPartition } from './domain/mentioned.ts';
import { indexOf, type Table } from './domain/table.ts';
import { tableOfArn } from './operations/request.ts';
import type { Context, Room } from './room.ts';

type Requests = AuthorizationRequest | AuthorizationRequest[];
type Rule<Input> = (ctx: Context, input: Input) => Requests | Promise<Requests>;

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

const onArn: Rule<{ ResourceArn: string }> = (_ctx, input) => ({ resources: [input.ResourceArn] });
const onAny: Rule<unknown> = () => ({ resources: ['*'] });

interface DataInput extends Mentioning {
  TableName: string;
  IndexName?: string;
  Select?: string;
  ReturnValues?: string;
  ReturnConsumedCapacity?: string;
}

/** The table's key must be known to tell partitions apart; a table that isn't there has none. */
function withTable(
  ctx: Context,
  nameOrArn: string,
  plain: AuthorizationRequest,
  contextOn: (table: Table | undefined) => Record<string, string | readonly string[]>,
): AuthorizationRequest | Promise<AuthorizationRequest> {
  // Nobody evaluates conditions for an account's root: the hot path of a developer's machine.
  if (ctx.principal.type === 'root') return plain;
  const make = (table: Table | undefined) => ({ ...plain, context: contextOn(table) });
  const place = nameOrArn.startsWith('arn:')
    ? tableOfArn(nameOrArn)
    : { account: ctx.account, region: ctx.region, name: nameOrArn };
  if (!place?.name.isWellFormed()) return make(undefined);
  const known = ctx.room.tables.known(place, place.name);
  return known ? make(known) : ctx.room.tables.find(place, place.name).then(make);
}

const onData: Rule<DataInput> = (ctx, input) => {
  const arn = tableArn(ctx, input.TableName);
  const resources = [input.IndexName === undefined ? arn : `${arn}/index/${input.IndexName}`];
  return withTable(ctx, input.TableName, { resources }, (table) => contextOf(table, input));
};

function contextOf(
  table: Table | undefined,
  input: Mentioning &
    Partial<Pick<DataInput, 'IndexName' | 'Select' | 'ReturnValues' | 'ReturnConsumedCapacity'>>,
): Record<string, string | readonly string[]> {
  const context: Record<string, string | readonly string[]> = {
    'dynamodb:Attributes': mentionedAttributes(input),
  };
  const leading = table ? leadingKeys(table, input) : [];
  if (leading.length > 0) context['dynamodb:LeadingKeys'] = leading;
  for (const member of ['Select', 'ReturnValues', 'ReturnConsumedCapacity'] as const) {
    const value = input[member];
    if (value !== undefined) context[`dynamodb:${member}`] = value;
  }
  return context;
}

function leadingKeys(table: Table, input: Mentioning & { IndexName?: string }): string[] {
  const key = (input.IndexName === undefined ? undefined : indexOf(table, input.IndexName))?.key ?? table.key;
  const { name } = key.partition;
  const items = [input.Key, input.Item, ...(input.Keys ?? [])];
  const keys = items.map((item) => keyText(item?.[name]));
  keys.push(queriedPartition(input, name));
  return keys.filter((text) => text !== undefined);
}

/** A batch may touch several tables; IAM is asked for each with its own keys. */
const onBatchGet: Rule<{ RequestItems: Record<string, Mentioning> }> = (ctx, input) =>
  Promise.all(
    Object.entries(input.RequestItems).map(([name, request]) =>
      withTable(ctx, name, { resources: [tableArn(ctx, name)] }, (table) => contextOf(table, request)),
    ),
  );

type WriteRequest = { PutRequest?: { Item: Item }; DeleteRequest?: { Key: Item } };

const onBatchWrite: Rule<{ RequestItems: Record<string, WriteRequest[]> }> = (ctx, input) =>
  Promise.all(
    Object.entries(input.RequestItems).map(([name, requests]) =>
      withTable(ctx, name, { resources: [tableArn(ctx, name)] }, (table) =>
        contextOf(table, {
          Keys: requests
            .map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key)
            .filter((item) => item !== undefined),
        }),
      ),
    ),
  );

/** A transaction asks for what its parts do: PutItem, UpdateItem, DeleteItem, ConditionCheckItem, GetItem. */
const onTransaction: Rule<{ TransactItems: Record<string, DataInput | undefined>[] }> = (ctx, input) => {
  const requests: (AuthorizationRequest | Promise<AuthorizationRequest>)[] = [];
  for (const parts of input.TransactItems) {
    for (const [kind, part] of Object.entries(parts)) {
      if (!part) continue;
      requests.push(
        withTable(
          ctx,
          part.TableName,
          {
            action: `dynamodb:${kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`}`,
            resources: [tableArn(ctx, part.TableName)],
          },
          (table) => ({
            ...contextOf(table, part),
            'dynamodb:EnclosingOperation': kind === 'Get' ? 'TransactGetItems' : 'TransactWriteItems',
          }),
        ),
      );
    }
  }
  return Promise.all(requests);
};

const rules: Record<string, Rule<never>> = {
  BatchGetItem: onBatchGet,
  BatchWriteItem: onBatchWrite,
  CreateTable: onTable,
  DeleteItem: onData,
  DeleteTable: onTable,
  DescribeContinuousBackups: onTable,
  DescribeEndpoints: onAny,
  DescribeLimits: onAny,
  DescribeTable: onTable,
  DescribeTimeToLive: onTable,
  GetItem: onData,
  ListTables: onAny,
  ListTagsOfResource: onArn,
  PutItem: onData,
  Query: onData,
  Scan: onData,
  TagResource: onArn,
  TransactGetItems: onTransaction,
  TransactWriteItems: onTransaction,
  UntagResource: onArn,
  UpdateItem: onData,
  UpdateTable: onTable,
  UpdateTimeToLive: onTable,
};

export const authorize: Readonly<Record<string, AuthorizationRule<Room>>> = rules;
