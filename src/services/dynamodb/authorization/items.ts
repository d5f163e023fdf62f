/**
 * Operations on items: each table or index that they touch, with the condition keys of the service.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
import type { AuthorizationRequest, ConditionKeys } from '../../../platform/index.ts';
import type { Item } from '../domain/attributeValues.ts';
import { keyText, type Mentioning, mentionedAttributes, queriedPartition } from '../domain/mentioned.ts';
import { indexOf, type KeyAttribute, partitionAttributes, type Table } from '../domain/table.ts';
import { tableOfArn } from '../operations/request.ts';
import { mentionOf } from '../partiql/mentioned.ts';
import type { StatementInput } from '../partiql/statements.ts';
import type { Context } from '../room.ts';
import { type Rule, tableArn } from './rule.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

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
  contextOn: (table: Table | undefined) => ConditionKeys,
): AuthorizationRequest | Promise<AuthorizationRequest> {
  // Nobody evaluates conditions for an account's root (but a table's policy): the hot path of a developer's machine.
  if (ctx.principal.type === 'root' && ctx.room.policies.isEmpty) return plain;
  const make = (table: Table | undefined): AuthorizationRequest => {
    plain.context = contextOn(table);
    return plain;
  };
  const place = nameOrArn.startsWith('arn:')
    ? tableOfArn(nameOrArn)
    : { account: ctx.account, region: ctx.region, name: nameOrArn };
  if (!place?.name.isWellFormed()) return make(undefined);
  const known = ctx.room.tables.known(place, place.name);
  return known ? make(known) : ctx.room.tables.find(place, place.name).then(make);
}

export const onWrite: Rule<DataInput> = (ctx, input) =>
  withTable(ctx, input.TableName, { resources: [tableArn(ctx, input.TableName)] }, (table) =>
    contextOf(table, input),
  );

export const onRead: Rule<DataInput> = (ctx, input) => {
  const arn = tableArn(ctx, input.TableName);
  const resources = [input.IndexName === undefined ? arn : `${arn}/index/${input.IndexName}`];
  return withTable(ctx, input.TableName, { resources }, (table) => contextOf(table, input, selectOf(input)));
};

/** What an operation returns of items, whether it says so or not. */
function selectOf(input: Mentioning & Pick<Partial<DataInput>, 'Select' | 'IndexName'>): string {
  if (input.Select !== undefined) return input.Select;
  if (input.ProjectionExpression !== undefined || input.AttributesToGet) return 'SPECIFIC_ATTRIBUTES';
  return input.IndexName === undefined ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES';
}

function contextOf(
  table: Table | undefined,
  input: Mentioning &
    Partial<Pick<DataInput, 'IndexName' | 'Select' | 'ReturnValues' | 'ReturnConsumedCapacity'>>,
  select = input.Select,
): ConditionKeys {
  const context: Writable<ConditionKeys> = {
    // Few policies ask for attributes: they are looked for when one does.
    'dynamodb:Attributes': () => mentionedAttributes(input),
  };
  if (table) addPartitions(context, table, input);
  if (select !== undefined) context['dynamodb:Select'] = select;
  if (input.ReturnValues !== undefined) context['dynamodb:ReturnValues'] = input.ReturnValues;
  if (input.ReturnConsumedCapacity !== undefined)
    context['dynamodb:ReturnConsumedCapacity'] = input.ReturnConsumedCapacity;
  return context;
}

const partitionKeys = ['First', 'Second', 'Third', 'Fourth'].map(
  (which) => `dynamodb:${which}PartitionKeyValues`,
);

/** The values of each partition attribute; `LeadingKeys` is the older name of the first's. */
function addPartitions(
  context: Writable<ConditionKeys>,
  table: Table,
  input: Mentioning & { IndexName?: string },
): void {
  const key = (input.IndexName === undefined ? undefined : indexOf(table, input.IndexName))?.key ?? table.key;
  const attributes = partitionAttributes(key);
  for (let at = 0; at < attributes.length; at++) {
    const { name } = attributes[at] as KeyAttribute;
    const values = valuesOf(input, name);
    if (values.length === 0) continue;
    context[partitionKeys[at] as string] = values;
    if (at === 0) context['dynamodb:LeadingKeys'] = values;
  }
}

/** What a request says of a partition attribute, in each key, item or condition that it has. */
function valuesOf(input: Mentioning, name: string): string[] {
  const values: string[] = [];
  const add = (text: string | undefined) => {
    if (text !== undefined) values.push(text);
  };
  add(keyText(input.Key?.[name]));
  add(keyText(input.Item?.[name]));
  for (const item of input.Keys ?? []) add(keyText(item[name]));
  add(queriedPartition(input, name));
  return values;
}

/** A batch may touch several tables; IAM is asked for each with its own keys. */
export const onBatchGet: Rule<{ RequestItems: Record<string, Mentioning> }> = (ctx, input) =>
  Promise.all(
    Object.entries(input.RequestItems).map(([name, request]) =>
      withTable(ctx, name, { resources: [tableArn(ctx, name)] }, (table) =>
        contextOf(table, { ...request, Select: selectOf(request) }),
      ),
    ),
  );

type WriteRequest = { PutRequest?: { Item: Item }; DeleteRequest?: { Key: Item } };

export const onBatchWrite: Rule<{ RequestItems: Record<string, WriteRequest[]> }> = (ctx, input) =>
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
export const onTransaction: Rule<{ TransactItems: Record<string, DataInput | undefined>[] }> = (
  ctx,
  input,
) => {
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
            ...contextOf(table, kind === 'Get' ? { ...part, Select: selectOf(part) } : part),
            'dynamodb:EnclosingOperation': kind === 'Get' ? 'TransactGetItems' : 'TransactWriteItems',
          }),
        ),
      );
    }
  }
  return Promise.all(requests);
};

/** Statements ask for what they do, each on its own table or index; one that will be refused asks for nothing. */
function onStatements(
  ctx: Context,
  statements: readonly StatementInput[],
  enclosing: Record<string, string> = {},
): Promise<AuthorizationRequest[]> {
  return Promise.all(
    statements.flatMap((statement) => {
      const mention = mentionOf(statement);
      if (!mention) return [];
      const { action, table, index } = mention;
      const arn = tableArn(ctx, table);
      const resources = [index === undefined ? arn : `${arn}/index/${index}`];
      return withTable(ctx, table, { action, resources }, (found) => ({
        ...mention.context(found),
        ...enclosing,
      }));
    }),
  );
}

export const onStatement: Rule<StatementInput> = (ctx, input) => onStatements(ctx, [input]);
export const onStatementBatch: Rule<{ Statements: StatementInput[] }> = (ctx, input) =>
  onStatements(ctx, input.Statements);
export const onStatementTransaction: Rule<{ TransactStatements: StatementInput[] }> = (ctx, input) =>
  onStatements(ctx, input.TransactStatements, { 'dynamodb:EnclosingOperation': 'ExecuteTransaction' });
