/** Who may do what to which table, item and attribute. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html */
import { formatArn } from '../../kernel/index.ts';
import type { AuthorizationRequest, AuthorizationRule } from '../../platform/index.ts';
import type { Item } from './domain/attributeValues.ts';
import { keyText, type Mentioning, mentionedAttributes, queriedPartition } from './domain/mentioned.ts';
import { indexOf, partitionAttributes, type Table } from './domain/table.ts';
import { withPolicies } from './judge.ts';
import type { PutResourcePolicyInput } from './operations/ResourcePolicies.ts';
import { tableOfArn } from './operations/request.ts';
import { mentionOf } from './partiql/mentioned.ts';
import type { StatementInput } from './partiql/statements.ts';
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
const onTableArn: Rule<{ TableArn: string }> = (_ctx, input) => ({ resources: [input.TableArn] });
const onExport: Rule<{ ExportArn: string }> = (_ctx, input) => ({ resources: [input.ExportArn] });
const onImport: Rule<{ ImportArn: string }> = (_ctx, input) => ({ resources: [input.ImportArn] });
/** What it reads, and where it logs, S3 and CloudWatch Logs ask for themselves. */
const onImported: Rule<{ TableCreationParameters: { TableName: string } }> = (ctx, input) => ({
  resources: [tableArn(ctx, input.TableCreationParameters.TableName)],
});
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
  // Nobody evaluates conditions for an account's root (but a table's policy): the hot path of a developer's machine.
  if (ctx.principal.type === 'root' && ctx.room.policies.isEmpty) return plain;
  const make = (table: Table | undefined) => ({ ...plain, context: contextOn(table) });
  const place = nameOrArn.startsWith('arn:')
    ? tableOfArn(nameOrArn)
    : { account: ctx.account, region: ctx.region, name: nameOrArn };
  if (!place?.name.isWellFormed()) return make(undefined);
  const known = ctx.room.tables.known(place, place.name);
  return known ? make(known) : ctx.room.tables.find(place, place.name).then(make);
}

const onWrite: Rule<DataInput> = (ctx, input) =>
  withTable(ctx, input.TableName, { resources: [tableArn(ctx, input.TableName)] }, (table) =>
    contextOf(table, input),
  );

const onRead: Rule<DataInput> = (ctx, input) => {
  const arn = tableArn(ctx, input.TableName);
  const resources = [input.IndexName === undefined ? arn : `${arn}/index/${input.IndexName}`];
  return withTable(ctx, input.TableName, { resources }, (table) =>
    contextOf(table, { ...input, Select: selectOf(input) }),
  );
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
): Record<string, string | readonly string[]> {
  const context: Record<string, string | readonly string[]> = {
    'dynamodb:Attributes': mentionedAttributes(input),
  };
  if (table) addPartitions(context, table, input);
  for (const member of ['Select', 'ReturnValues', 'ReturnConsumedCapacity'] as const) {
    const value = input[member];
    if (value !== undefined) context[`dynamodb:${member}`] = value;
  }
  return context;
}

const partitionKeys = ['First', 'Second', 'Third', 'Fourth'].map(
  (which) => `dynamodb:${which}PartitionKeyValues`,
);

/** The values of each partition attribute; `LeadingKeys` is the older name of the first's. */
function addPartitions(
  context: Record<string, string | readonly string[]>,
  table: Table,
  input: Mentioning & { IndexName?: string },
): void {
  const key = (input.IndexName === undefined ? undefined : indexOf(table, input.IndexName))?.key ?? table.key;
  const items = [input.Key, input.Item, ...(input.Keys ?? [])];
  for (const [at, { name }] of partitionAttributes(key).entries()) {
    const texts = [...items.map((item) => keyText(item?.[name])), queriedPartition(input, name)];
    const values = texts.filter((text) => text !== undefined);
    if (values.length === 0) continue;
    context[partitionKeys[at] as string] = values;
    if (at === 0) context['dynamodb:LeadingKeys'] = values;
  }
}

/** A batch may touch several tables; IAM is asked for each with its own keys. */
const onBatchGet: Rule<{ RequestItems: Record<string, Mentioning> }> = (ctx, input) =>
  Promise.all(
    Object.entries(input.RequestItems).map(([name, request]) =>
      withTable(ctx, name, { resources: [tableArn(ctx, name)] }, (table) =>
        contextOf(table, { ...request, Select: selectOf(request) }),
      ),
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
            ...contextOf(table, kind === 'Get' ? { ...part, Select: selectOf(part) } : part),
            'dynamodb:EnclosingOperation': kind === 'Get' ? 'TransactGetItems' : 'TransactWriteItems',
          }),
        ),
      );
    }
  }
  return Promise.all(requests);
};

const onBackup: Rule<{ BackupArn: string }> = (_ctx, input) => ({ resources: [input.BackupArn] });

/**
 * A restore needs its own permission on the source, and those of reading and writing the table that it makes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html
 */
const restoreActions = ['BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'];

function restoreRequests(ctx: Context, source: string, target: string): AuthorizationRequest[] {
  const resources = [tableArn(ctx, target)];
  return [
    { resources: [source] },
    ...restoreActions.map((action) => ({ action: `dynamodb:${action}`, resources })),
  ];
}

const onRestoreBackup: Rule<{ BackupArn: string; TargetTableName: string }> = (ctx, input) =>
  restoreRequests(ctx, input.BackupArn, input.TargetTableName);

const onRestoreTable: Rule<{ SourceTableArn?: string; SourceTableName?: string; TargetTableName: string }> = (
  ctx,
  input,
) =>
  restoreRequests(ctx, input.SourceTableArn ?? tableArn(ctx, input.SourceTableName), input.TargetTableName);

/** A policy at birth is asked for too. */
const onCreation: Rule<{ TableName: string; ResourcePolicy?: string }> = (ctx, input) => {
  const resources = [tableArn(ctx, input.TableName)];
  if (input.ResourcePolicy === undefined) return { resources };
  return [{ resources }, { action: 'dynamodb:PutResourcePolicy', resources }];
};

/**
 * Asked twice: under the policy that is there, and under the one that is to come, so that nobody locks themselves
 * out unless they say that they mean it.
 */
const onPolicy: Rule<PutResourcePolicyInput> = (_ctx, input) => {
  const resources = [input.ResourceArn];
  if (input.ConfirmRemoveSelfResourceAccess) return { resources };
  const refusal = 'The new resource policy will not allow you to update the resource policy in the future.';
  return [{ resources }, { resources, resourcePolicy: input.Policy, refusal }];
};

const onTableOrIndex: Rule<{ TableName: string; IndexName?: string }> = (ctx, input) => {
  const arn = tableArn(ctx, input.TableName);
  return { resources: [input.IndexName === undefined ? arn : `${arn}/index/${input.IndexName}`] };
};

/** DynamoDB writes to the stream for who enables it: they need leave to do so themselves. */
const onKinesis: Rule<{ TableName: string; StreamArn: string }> = (ctx, input) => [
  { resources: [tableArn(ctx, input.TableName)] },
  ...['DescribeStream', 'PutRecords'].map((action) => ({
    action: `kinesis:${action}`,
    resources: [input.StreamArn],
  })),
];

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

const onStatement: Rule<StatementInput> = (ctx, input) => onStatements(ctx, [input]);
const onStatementBatch: Rule<{ Statements: StatementInput[] }> = (ctx, input) =>
  onStatements(ctx, input.Statements);
const onStatementTransaction: Rule<{ TransactStatements: StatementInput[] }> = (ctx, input) =>
  onStatements(ctx, input.TransactStatements, { 'dynamodb:EnclosingOperation': 'ExecuteTransaction' });

interface ReplicaUpdates {
  ReplicaUpdates?: { Create?: InRegion; Update?: InRegion; Delete?: InRegion }[];
}
interface InRegion {
  RegionName: string;
}

/** A change of replicas is asked for in their regions too. */
const onUpdate: Rule<{ TableName: string } & ReplicaUpdates> = (ctx, input) => {
  const resource = tableArn(ctx, input.TableName);
  return [
    { resources: [resource] },
    ...(input.ReplicaUpdates ?? []).flatMap(({ Create, Update, Delete }) => {
      const region = (Create ?? Update ?? Delete)?.RegionName;
      const name = tableOfArn(resource)?.name;
      if (region === undefined || name === undefined) return [];
      const action = Create ? 'CreateTableReplica' : Delete ? 'DeleteTableReplica' : 'UpdateTable';
      return [{ action: `dynamodb:${action}`, resources: [tableArn({ ...ctx, region }, name)] }];
    }),
  ];
};

const onGlobalTable: Rule<{ GlobalTableName: string }> = (ctx, { GlobalTableName: name }) => ({
  resources: [
    formatArn({ service: 'dynamodb', region: '', account: ctx.account, resource: `global-table/${name}` }),
  ],
});

/** Those that change one ask for its tables too. */
const onGlobalTables: Rule<{ GlobalTableName: string }> = async (ctx, input) => [
  (await onGlobalTable(ctx, input)) as AuthorizationRequest,
  { resources: [tableArn(ctx, input.GlobalTableName)] },
];

const rules: Record<string, Rule<never>> = {
  BatchExecuteStatement: onStatementBatch,
  BatchGetItem: onBatchGet,
  BatchWriteItem: onBatchWrite,
  CreateBackup: onTable,
  CreateGlobalTable: onGlobalTables,
  CreateTable: onCreation,
  DeleteBackup: onBackup,
  DeleteItem: onWrite,
  DeleteResourcePolicy: onArn,
  DeleteTable: onTable,
  DescribeBackup: onBackup,
  DescribeContinuousBackups: onTable,
  DescribeContributorInsights: onTableOrIndex,
  DescribeEndpoints: onAny,
  DescribeExport: onExport,
  DescribeImport: onImport,
  DescribeKinesisStreamingDestination: onTable,
  DescribeLimits: onAny,
  DescribeGlobalTable: onGlobalTable,
  DescribeGlobalTableSettings: onGlobalTable,
  DescribeTable: onTable,
  DescribeTableReplicaAutoScaling: onTable,
  DescribeTimeToLive: onTable,
  DisableKinesisStreamingDestination: onTable,
  EnableKinesisStreamingDestination: onKinesis,
  ExportTableToPointInTime: onTableArn,
  ExecuteStatement: onStatement,
  ExecuteTransaction: onStatementTransaction,
  GetItem: onRead,
  GetResourcePolicy: onArn,
  ImportTable: onImported,
  ListContributorInsights: onAny,
  ListExports: onAny,
  ListImports: onAny,
  ListBackups: onAny,
  ListGlobalTables: onAny,
  ListTables: onAny,
  ListTagsOfResource: onArn,
  PutItem: onWrite,
  PutResourcePolicy: onPolicy,
  Query: onRead,
  RestoreTableFromBackup: onRestoreBackup,
  RestoreTableToPointInTime: onRestoreTable,
  Scan: onRead,
  TagResource: onArn,
  TransactGetItems: onTransaction,
  TransactWriteItems: onTransaction,
  UntagResource: onArn,
  UpdateContinuousBackups: onTable,
  UpdateContributorInsights: onTableOrIndex,
  UpdateGlobalTable: onGlobalTables,
  UpdateGlobalTableSettings: onGlobalTables,
  UpdateItem: onWrite,
  UpdateKinesisStreamingDestination: onTable,
  UpdateTable: onUpdate,
  UpdateTableReplicaAutoScaling: onTable,
  UpdateTimeToLive: onTable,
};

export const authorize: Readonly<Record<string, AuthorizationRule<Room>>> = Object.fromEntries(
  Object.entries(rules).map(([name, rule]) => [name, judged(name, rule)]),
);

function judged(name: string, rule: Rule<never>): AuthorizationRule<Room> {
  // An account's root can always get rid of a policy, whatever it says.
  const isExempt = (ctx: Context) => name === 'DeleteResourcePolicy' && ctx.principal.type === 'root';
  return (ctx, input: never) => {
    const asked = rule(ctx, input);
    return ctx.room.policies.isEmpty || isExempt(ctx) ? asked : withPolicies(ctx.room.policies, asked);
  };
}
