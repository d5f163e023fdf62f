/** Who may do what to which table, item and attribute. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html */
import type { AuthorizationRule } from '../../platform/index.ts';
import {
  onBatchGet,
  onBatchWrite,
  onRead,
  onStatement,
  onStatementBatch,
  onStatementTransaction,
  onTransaction,
  onWrite,
} from './authorization/items.ts';
import { withPolicies } from './authorization/judge.ts';
import type { Rule } from './authorization/rule.ts';
import {
  onAny,
  onArn,
  onBackup,
  onCreation,
  onExport,
  onGlobalTable,
  onGlobalTables,
  onImport,
  onImported,
  onKinesis,
  onPolicy,
  onRestoreBackup,
  onRestoreTable,
  onTable,
  onTableArn,
  onTableOrIndex,
  onTables,
  onUpdate,
} from './authorization/tables.ts';
import type { Context, Room } from './room.ts';

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
  ListTables: onTables,
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

type Answer = ReturnType<Rule<never>>;

/** Says the action of a single question here, where it can be said without copying the question. */
function named(asked: Answer, action: string): Answer {
  if (!(asked instanceof Promise) && !Array.isArray(asked)) asked.action ??= action;
  return asked;
}

function judged(name: string, rule: Rule<never>): AuthorizationRule<Room> {
  const action = `dynamodb:${name}`;
  // An account's root can always get rid of a policy, whatever it says.
  const isExempt = (ctx: Context) => name === 'DeleteResourcePolicy' && ctx.principal.type === 'root';
  return (ctx, input: never) => {
    const asked = named(rule(ctx, input), action);
    return ctx.room.policies.isEmpty || isExempt(ctx) ? asked : withPolicies(ctx.room.policies, asked);
  };
}
