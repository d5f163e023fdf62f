/** Tables that are backed up and restored, for the tests of it. */
import { expect } from 'vitest';
import type { Item } from '../domain/attributeValues.ts';
import type { openDynamoDb } from './harness.ts';

export type Bench = Awaited<ReturnType<typeof openDynamoDb>>;

export interface Described {
  Table: {
    TableStatus: string;
    ItemCount: number;
    TableId: string;
    RestoreSummary?: Record<string, unknown>;
    GlobalSecondaryIndexes?: { IndexName: string; IndexStatus: string; ItemCount: number }[];
    [member: string]: unknown;
  };
}

export interface BackupAnswer {
  BackupDetails: { BackupArn: string; BackupStatus: string };
}

export interface BackupDescription {
  BackupDescription: {
    BackupDetails: Record<string, unknown>;
    SourceTableDetails: Record<string, unknown>;
    SourceTableFeatureDetails: Record<string, unknown>;
  };
}

export interface BackupList {
  BackupSummaries: { BackupName: string; BackupArn: string; BackupType: string; BackupStatus: string }[];
  LastEvaluatedBackupArn?: string;
}

export const place = { account: '000000000000', region: 'eu-west-1' };
export const day = 24 * 3600 * 1000;
export const indexes = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'g', AttributeType: 'S' },
  ],
  LocalSecondaryIndexes: [
    {
      IndexName: 'local',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'g', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'global',
      KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};

export const item = (n: number, more: Item = {}): Item => ({
  pk: { S: `p${n}` },
  sk: { S: `${n}` },
  ...more,
});

export async function put(bench: Bench, table: string, ...items: Item[]): Promise<void> {
  for (const Item of items) await bench.call('PutItem', { TableName: table, Item });
}

export async function contents(bench: Bench, table: string, more: object = {}): Promise<string[]> {
  const found: Item[] = [];
  let ExclusiveStartKey: Item | undefined;
  do {
    const page: { Items: Item[]; LastEvaluatedKey?: Item } = await bench.call('Scan', {
      TableName: table,
      ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
      ...more,
    });
    found.push(...page.Items);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return found.map(textOf).sort();
}

export function textOf(one: Item): string {
  return JSON.stringify(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export async function backUp(bench: Bench, table: string, name = 'backup'): Promise<string> {
  const { BackupDetails } = await bench.call<BackupAnswer>('CreateBackup', {
    TableName: table,
    BackupName: name,
  });
  expect(BackupDetails.BackupStatus).toBe('CREATING');
  return BackupDetails.BackupArn;
}

export const recovery = (bench: Bench, table: string, enabled = true, days?: number) =>
  bench.call<{ ContinuousBackupsDescription: { PointInTimeRecoveryDescription: Record<string, unknown> } }>(
    'UpdateContinuousBackups',
    {
      TableName: table,
      PointInTimeRecoverySpecification: {
        PointInTimeRecoveryEnabled: enabled,
        ...(days === undefined ? {} : { RecoveryPeriodInDays: days }),
      },
    },
  );

export const restoreAt = (bench: Bench, source: string, target: string, time: number, more: object = {}) =>
  bench.call<{ TableDescription: Described['Table'] }>('RestoreTableToPointInTime', {
    SourceTableName: source,
    TargetTableName: target,
    RestoreDateTime: new Date(time),
    ...more,
  });
