/** Operations on tables, and on what they have or make: indexes, replicas, backups, exports, imports, policies. */
import { formatArn } from '../../../kernel/index.ts';
import type { AuthorizationRequest } from '../../../platform/index.ts';
import type { PutResourcePolicyInput } from '../operations/ResourcePolicies.ts';
import { tableOfArn } from '../operations/request.ts';
import type { Context } from '../room.ts';
import { type Rule, tableArn } from './rule.ts';

export const onTable: Rule<{ TableName?: string }> = (ctx, input) => ({
  resources: [tableArn(ctx, input.TableName)],
});

export const onArn: Rule<{ ResourceArn: string }> = (_ctx, input) => ({ resources: [input.ResourceArn] });
export const onTableArn: Rule<{ TableArn: string }> = (_ctx, input) => ({ resources: [input.TableArn] });
export const onExport: Rule<{ ExportArn: string }> = (_ctx, input) => ({ resources: [input.ExportArn] });
export const onImport: Rule<{ ImportArn: string }> = (_ctx, input) => ({ resources: [input.ImportArn] });
/** What it reads, and where it logs, S3 and CloudWatch Logs ask for themselves. */
export const onImported: Rule<{ TableCreationParameters: { TableName: string } }> = (ctx, input) => ({
  resources: [tableArn(ctx, input.TableCreationParameters.TableName)],
});
export const onAny: Rule<unknown> = () => ({ resources: ['*'] });
/** What isn't about one table, as AWS says it to those who may not. */
export const onTables: Rule<unknown> = (ctx) => ({ resources: [tableArn(ctx, '*')] });

export const onBackup: Rule<{ BackupArn: string }> = (_ctx, input) => ({ resources: [input.BackupArn] });

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

export const onRestoreBackup: Rule<{ BackupArn: string; TargetTableName: string }> = (ctx, input) =>
  restoreRequests(ctx, input.BackupArn, input.TargetTableName);

export const onRestoreTable: Rule<{
  SourceTableArn?: string;
  SourceTableName?: string;
  TargetTableName: string;
}> = (ctx, input) =>
  restoreRequests(ctx, input.SourceTableArn ?? tableArn(ctx, input.SourceTableName), input.TargetTableName);

/** A policy at birth is asked for too. */
export const onCreation: Rule<{ TableName: string; ResourcePolicy?: string }> = (ctx, input) => {
  const resources = [tableArn(ctx, input.TableName)];
  if (input.ResourcePolicy === undefined) return { resources };
  return [{ resources }, { action: 'dynamodb:PutResourcePolicy', resources }];
};

/**
 * Asked twice: under the policy that is there, and under the one that is to come, so that nobody locks themselves
 * out unless they say that they mean it.
 */
export const onPolicy: Rule<PutResourcePolicyInput> = (_ctx, input) => {
  const resources = [input.ResourceArn];
  if (input.ConfirmRemoveSelfResourceAccess) return { resources };
  const refusal = 'The new resource policy will not allow you to update the resource policy in the future.';
  return [{ resources }, { resources, resourcePolicy: input.Policy, refusal }];
};

export const onTableOrIndex: Rule<{ TableName: string; IndexName?: string }> = (ctx, input) => {
  const arn = tableArn(ctx, input.TableName);
  return { resources: [input.IndexName === undefined ? arn : `${arn}/index/${input.IndexName}`] };
};

/** DynamoDB writes to the stream for who enables it: they need leave to do so themselves. */
export const onKinesis: Rule<{ TableName: string; StreamArn: string }> = (ctx, input) => [
  { resources: [tableArn(ctx, input.TableName)] },
  ...['DescribeStream', 'PutRecords'].map((action) => ({
    action: `kinesis:${action}`,
    resources: [input.StreamArn],
  })),
];

interface ReplicaUpdates {
  ReplicaUpdates?: { Create?: InRegion; Update?: InRegion; Delete?: InRegion }[];
}
interface InRegion {
  RegionName: string;
}

/** A change of replicas is asked for in their regions too. */
export const onUpdate: Rule<{ TableName: string } & ReplicaUpdates> = (ctx, input) => {
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

export const onGlobalTable: Rule<{ GlobalTableName: string }> = (ctx, { GlobalTableName: name }) => ({
  resources: [
    formatArn({ service: 'dynamodb', region: '', account: ctx.account, resource: `global-table/${name}` }),
  ],
});

/** Those that change one ask for its tables too. */
export const onGlobalTables: Rule<{ GlobalTableName: string }> = async (ctx, input) => [
  (await onGlobalTable(ctx, input)) as AuthorizationRequest,
  { resources: [tableArn(ctx, input.GlobalTableName)] },
];
