/** What changes of a table UpdateTable makes, in the order in which it takes them. */
import type { Properties } from '../../../platform/index.ts';
import { defined, isSame, isTrue, type Place, updateTable } from './calls.ts';

/** The settings of a table, in the words of CreateTable and UpdateTable. */
export interface TableInput {
  BillingMode: string;
  ProvisionedThroughput?: object;
  OnDemandThroughput?: object;
  TableClass?: string;
  DeletionProtectionEnabled?: boolean;
  StreamSpecification?: { StreamEnabled: boolean; StreamViewType: string };
  SSESpecification?: object;
  WarmThroughput?: object;
  AttributeDefinitions: AttributeDefinition[];
  GlobalSecondaryIndexes: IndexInput[];
}

interface AttributeDefinition {
  AttributeName: string;
}

export interface IndexInput {
  IndexName: string;
  KeySchema: { AttributeName: string }[];
  Projection: unknown;
  ProvisionedThroughput?: unknown;
  OnDemandThroughput?: unknown;
  WarmThroughput?: unknown;
}

/** What CreateTable takes of a table's settings. */
export function createInput(input: TableInput): Record<string, unknown> {
  const { GlobalSecondaryIndexes: indexes, ...rest } = input;
  return { ...defined({ ...rest }), ...(indexes.length > 0 ? { GlobalSecondaryIndexes: indexes } : {}) };
}

export function sseOf(given: unknown): object | undefined {
  const sse = given as
    | { SSEEnabled: boolean | string; SSEType?: string; KMSMasterKeyId?: string }
    | undefined;
  return (
    sse &&
    defined({ Enabled: isTrue(sse.SSEEnabled), SSEType: sse.SSEType, KMSMasterKeyId: sse.KMSMasterKeyId })
  );
}

export function streamOf(given: unknown): TableInput['StreamSpecification'] {
  const stream = given as { StreamViewType: string } | undefined;
  return stream && { StreamEnabled: true, StreamViewType: stream.StreamViewType };
}

/** @param given all properties of the template: the keys of the table and its local indexes are among them. */
export async function followSettings(
  place: Place,
  after: TableInput,
  before: TableInput,
  given: Properties,
): Promise<void> {
  // The order matters: indexes that go needn't be given throughput, and those that come are given it at once.
  await dropIndexes(place, after, before);
  await followThroughput(place, after, before);
  await createIndexes(place, after, before, given);
  await warmIndexes(place, after, before);
  await followStream(place, after, before);
  for (const member of ['SSESpecification', 'TableClass', 'WarmThroughput'] as const) {
    const value = after[member] ?? defaultOf(member);
    if (value !== undefined && !isSame(value, before[member] ?? defaultOf(member))) {
      await updateTable(place, { [member]: value });
    }
  }
  const [isProtected, wasProtected] = [after, before].map(
    (input) => input.DeletionProtectionEnabled ?? false,
  );
  if (isProtected !== wasProtected) await updateTable(place, { DeletionProtectionEnabled: isProtected });
}

/** What a setting goes back to that the template names no more; warm throughput only ever grows. */
function defaultOf(member: 'SSESpecification' | 'TableClass' | 'WarmThroughput'): unknown {
  if (member === 'SSESpecification') return { Enabled: false };
  return member === 'TableClass' ? 'STANDARD' : undefined;
}

const isReshaped = (fresh: IndexInput | undefined, old: IndexInput) =>
  !fresh || !isSame([fresh.KeySchema, fresh.Projection], [old.KeySchema, old.Projection]);
const named = (indexes: readonly IndexInput[], { IndexName }: IndexInput) =>
  indexes.find((index) => index.IndexName === IndexName);

/** DynamoDB creates or deletes one index at a time; an index of another shape is another index. */
async function dropIndexes(place: Place, after: TableInput, before: TableInput): Promise<void> {
  for (const old of before.GlobalSecondaryIndexes) {
    if (!isReshaped(named(after.GlobalSecondaryIndexes, old), old)) continue;
    await updateTable(place, { GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: old.IndexName } }] });
  }
}

async function createIndexes(
  place: Place,
  after: TableInput,
  before: TableInput,
  given: Properties,
): Promise<void> {
  const schemas = [given.KeySchema, ...((given.LocalSecondaryIndexes ?? []) as IndexInput[]).map(keyOf)];
  const used = new Set((schemas as IndexInput['KeySchema'][]).flat().map(nameOf));
  const here = before.GlobalSecondaryIndexes.filter(
    (old) => !isReshaped(named(after.GlobalSecondaryIndexes, old), old),
  );
  for (const name of here.flatMap(keyOf).map(nameOf)) used.add(name);
  for (const index of after.GlobalSecondaryIndexes) {
    if (named(here, index)) continue;
    for (const name of index.KeySchema.map(nameOf)) used.add(name);
    await updateTable(place, {
      // Those of indexes that come later would be definitions that nothing uses.
      AttributeDefinitions: after.AttributeDefinitions.filter((definition) => used.has(nameOf(definition))),
      GlobalSecondaryIndexUpdates: [{ Create: index }],
    });
  }
}

const keyOf = (index: IndexInput) => index.KeySchema;
const nameOf = ({ AttributeName }: { AttributeName: string }) => AttributeName;

async function followThroughput(place: Place, after: TableInput, before: TableInput): Promise<void> {
  const switched = after.BillingMode !== before.BillingMode;
  const updates = after.GlobalSecondaryIndexes.map((index) => {
    const old = named(before.GlobalSecondaryIndexes, index);
    if (!old || isReshaped(index, old)) return undefined;
    const changed = changedMembers(index, old, switched);
    return Object.keys(changed).length === 0
      ? undefined
      : { Update: { IndexName: index.IndexName, ...changed } };
  }).filter((update) => update !== undefined);
  const own = changedMembers(after, before, switched);
  if (!switched && Object.keys(own).length === 0 && updates.length === 0) return;
  await updateTable(place, {
    ...(switched ? { BillingMode: after.BillingMode } : {}),
    ...own,
    ...(updates.length > 0 ? { GlobalSecondaryIndexUpdates: updates } : {}),
  });
}

/** @param all a table that changes its mode is told all throughput of the new one. */
function changedMembers(
  after: Partial<IndexInput>,
  before: Partial<IndexInput>,
  all: boolean,
): Record<string, unknown> {
  const changed: Record<string, unknown> = {};
  for (const member of ['ProvisionedThroughput', 'OnDemandThroughput'] as const) {
    const value = after[member];
    if (value !== undefined && (all || !isSame(value, before[member]))) changed[member] = value;
  }
  return changed;
}

async function warmIndexes(place: Place, after: TableInput, before: TableInput): Promise<void> {
  for (const index of after.GlobalSecondaryIndexes) {
    const { IndexName, WarmThroughput } = index;
    const old = named(before.GlobalSecondaryIndexes, index);
    if (!old || isReshaped(index, old) || !WarmThroughput || isSame(WarmThroughput, old.WarmThroughput))
      continue;
    await updateTable(place, { GlobalSecondaryIndexUpdates: [{ Update: { IndexName, WarmThroughput } }] });
  }
}

/** A change of the view type switches the stream off and on: AWS has no other way. */
async function followStream(place: Place, after: TableInput, before: TableInput): Promise<void> {
  const [fresh, old] = [after.StreamSpecification, before.StreamSpecification];
  if (isSame(fresh, old)) return;
  if (old) await updateTable(place, { StreamSpecification: { StreamEnabled: false } });
  if (fresh) await updateTable(place, { StreamSpecification: fresh });
}
