/**
 * Global tables: what replicas share and what each has for itself.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
 */
import { formatArn, parseArn } from '../../../kernel/index.ts';
import type { Key } from '../../../store/port.ts';
import { ValidationException } from '../errors.ts';
import { type Index, keyNames, type OnDemandThroughput, type Table } from './table.ts';
import type { Warm } from './warmThroughput.ts';

export interface GlobalTable {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly version: '2019.11.21' | '2017.11.29';
  readonly consistency: 'EVENTUAL' | 'STRONG';
  readonly createdAt: number;
  readonly replicas: readonly Replica[];
  /** A region that votes in a strongly consistent global table and holds no table. */
  readonly witness?: string;
}

export interface Replica {
  readonly region: string;
  readonly tableId: string;
  /** Items are copied, then the changes of meanwhile are followed, then it is one among others. */
  readonly phase: 'copying' | 'following' | 'active';
  /** The region whose items are copied, and when that began. */
  readonly source?: string;
  readonly addedAt: number;
  /** Store key of the last item that was copied. */
  readonly copied?: Key;
  readonly overrides?: Overrides;
}

/** What a replica has of its own. */
export interface Overrides {
  readonly readCapacityUnits?: number;
  readonly maxReadRequestUnits?: number;
  readonly tableClass?: Table['tableClass'];
  readonly kmsKeyArn?: string;
  readonly indexes?: Readonly<Record<string, { readCapacityUnits?: number; maxReadRequestUnits?: number }>>;
}

/** What a table that has replicas knows of it; the rest is in the store, for those who describe it. */
export interface Membership {
  readonly id: string;
  readonly version: GlobalTable['version'];
  readonly consistency: GlobalTable['consistency'];
}

export function membershipOf({ id, version, consistency }: GlobalTable): Membership {
  return { id, version, consistency };
}

/** Ids of a table that is about to be. */
export interface NewIds {
  token(): string;
  uuid(): string;
}

/** A new table in another region that becomes a replica of `source`. */
export function replicaOf(
  source: Table,
  region: string,
  overrides: Overrides,
  ids: NewIds,
  now: number,
): Table {
  const { name, account, attributes, key, billingMode, throughput, global } = source;
  const replica: Table = {
    ...{ name, account, region, attributes, key, billingMode, throughput },
    arn: formatArn({ service: 'dynamodb', region, account, resource: `table/${name}` }),
    uuid: ids.uuid(),
    id: ids.token(),
    revision: 1,
    createdAt: now,
    status: 'CREATING',
    deletionProtection: false,
    // The copy fills them.
    indexes: source.indexes.map((index) =>
      newIndex(index, { status: 'ACTIVE', backfilling: false }, ids, now),
    ),
    ...optionalSettings(source, region),
    ...(global ? { global } : {}),
  };
  return withOverrides(replica, overrides);
}

/** The key that AWS owns is another one in every region; a customer's key is named for every replica. */
function regionalKey(
  encryption: NonNullable<Table['encryption']>,
  region: string,
): NonNullable<Table['encryption']> {
  const arn = parseArn(encryption.keyArn);
  if (arn?.resource !== 'alias/aws/dynamodb') return encryption;
  return {
    ...encryption,
    keyArn: formatArn({ service: 'kms', region, account: arn.account, resource: arn.resource }),
  };
}

export function withOverrides(table: Table, overrides: Overrides): Table {
  const {
    readCapacityUnits: units,
    maxReadRequestUnits: requests,
    tableClass,
    kmsKeyArn,
    indexes,
  } = overrides;
  return {
    ...table,
    ...(units === undefined ? {} : { throughput: { ...table.throughput, readCapacityUnits: units } }),
    ...onDemand(table.onDemandThroughput, requests),
    ...(tableClass ? { tableClass } : {}),
    ...(kmsKeyArn === undefined ? {} : { encryption: { type: 'KMS', keyArn: kmsKeyArn } }),
    indexes: table.indexes.map((index) => {
      const own = indexes?.[index.name];
      if (!own) return index;
      return {
        ...index,
        ...(own.readCapacityUnits !== undefined && index.throughput
          ? { throughput: { ...index.throughput, readCapacityUnits: own.readCapacityUnits } }
          : {}),
        ...onDemand(index.onDemandThroughput, own.maxReadRequestUnits),
      };
    }),
  };
}

/**
 * The settings of `leader` that `follower` shall follow: what the leader has of its own stays out of them.
 * @param own the leader's overrides.
 */
export function withoutOverrides(leader: Table, own: Overrides, follower: Table): Table {
  const ofIndex = (index: Index) => follower.indexes.find(({ name }) => name === index.name);
  return {
    ...leader,
    ...unitsOf(leader, own, follower),
    ...(own.tableClass && follower.tableClass ? { tableClass: follower.tableClass } : {}),
    indexes: leader.indexes.map((index) => {
      const theirs = ofIndex(index);
      const mine = own.indexes?.[index.name];
      return mine && theirs ? { ...index, ...unitsOf(index, mine, theirs) } : index;
    }),
  };
}

type Capacity = Pick<Index, 'throughput' | 'onDemandThroughput'>;

function unitsOf(leader: Capacity, own: Overrides, follower: Capacity): object {
  const read = follower.throughput?.readCapacityUnits;
  const MaxReadRequestUnits = follower.onDemandThroughput?.MaxReadRequestUnits;
  const { MaxReadRequestUnits: _, ...onDemandThroughput } = leader.onDemandThroughput ?? {};
  return {
    ...(own.readCapacityUnits !== undefined && leader.throughput && read !== undefined
      ? { throughput: { ...leader.throughput, readCapacityUnits: read } }
      : {}),
    ...(own.maxReadRequestUnits === undefined
      ? {}
      : {
          onDemandThroughput: {
            ...onDemandThroughput,
            ...(MaxReadRequestUnits === undefined ? {} : { MaxReadRequestUnits }),
          },
        }),
  };
}

/** The overrides of a table whose own settings were changed. */
export function renewedOverrides(table: Table, own: Overrides): Overrides {
  const renewed = (of: Capacity, before: Overrides): Overrides => ({
    ...before,
    ...(before.readCapacityUnits !== undefined && of.throughput
      ? { readCapacityUnits: of.throughput.readCapacityUnits }
      : {}),
    ...(before.maxReadRequestUnits !== undefined && of.onDemandThroughput?.MaxReadRequestUnits !== undefined
      ? { maxReadRequestUnits: of.onDemandThroughput.MaxReadRequestUnits }
      : {}),
  });
  const indexes = Object.entries(own.indexes ?? {}).flatMap(([name, before]) => {
    const index = table.indexes.find((one) => one.name === name);
    return index ? [[name, renewed(index, before)] as const] : [];
  });
  return {
    ...renewed(table, own),
    ...(own.tableClass && table.tableClass ? { tableClass: table.tableClass } : {}),
    ...(indexes.length > 0 ? { indexes: Object.fromEntries(indexes) } : {}),
  };
}

function onDemand(
  shared: OnDemandThroughput | undefined,
  maxReadRequestUnits: number | undefined,
): { onDemandThroughput?: OnDemandThroughput } {
  if (maxReadRequestUnits === undefined) return shared ? { onDemandThroughput: shared } : {};
  return { onDemandThroughput: { ...shared, MaxReadRequestUnits: maxReadRequestUnits } };
}

/** Settings that a table may lack, and that replicas share. */
function optionalSettings(leader: Table, region: string, own?: Table['encryption']): Partial<Table> {
  const { billingModeChangedAt, onDemandThroughput, warm, tableClass, timeToLive, encryption } = leader;
  return {
    ...(billingModeChangedAt === undefined ? {} : { billingModeChangedAt }),
    ...(onDemandThroughput ? { onDemandThroughput } : {}),
    ...(warm ? { warm: warmed(warm) } : {}),
    ...(tableClass ? { tableClass } : {}),
    ...(timeToLive ? { timeToLive } : {}),
    ...(encryption ? { encryption: own ?? regionalKey(encryption, region) } : {}),
  };
}

type Progress = Pick<Index, 'status' | 'backfilling'>;

function newIndex(shared: Index, progress: Progress, ids: NewIds, now: number): Index {
  return { ...sharedOfIndex(shared), ...progress, id: ids.token(), createdAt: now };
}

function sharedOfIndex(index: Index): Omit<Index, 'id' | 'createdAt' | keyof Progress> {
  const { name, kind, key, projection, throughput, onDemandThroughput, warm } = index;
  return {
    ...{ name, kind, key, projection },
    ...(throughput ? { throughput } : {}),
    ...(onDemandThroughput ? { onDemandThroughput } : {}),
    ...(warm ? { warm: warmed(warm) } : {}),
  };
}

/** What is being raised in the leader is raised at once in those who follow. */
function warmed({ read, write, next }: Warm): Warm {
  return next ?? { read, write };
}

/**
 * What a replica becomes when the settings of another one become those of `leader`: key attributes, global indexes,
 * mode and capacities, table class, encryption, TTL. Its overrides stay; deletion protection, recovery, tags and
 * policies are each replica's own.
 */
export function followSettings(
  replica: Table,
  leader: Table,
  overrides: Overrides,
  ids: NewIds,
  now: number,
): Table {
  const {
    encryption: own,
    timeToLive: _timeToLive,
    tableClass: _tableClass,
    onDemandThroughput: _onDemandThroughput,
    billingModeChangedAt: _billingModeChangedAt,
    ...rest
  } = replica;
  const kept = leader.indexes.filter(({ status }) => status !== 'DELETING');
  const used = new Set([leader.key, ...kept.map(({ key }) => key)].flatMap(keyNames));
  const next: Table = {
    ...rest,
    attributes: leader.attributes.filter((attribute) => used.has(attribute.name)),
    billingMode: leader.billingMode,
    throughput: leader.throughput,
    ...optionalSettings(leader, replica.region, own),
    indexes: kept.map((index) => {
      const known = replica.indexes.find((one) => one.name === index.name && one.kind === index.kind);
      return known
        ? { ...known, ...sharedOfIndex(index) }
        : newIndex(index, { status: index.status, backfilling: index.backfilling }, ids, now);
    }),
  };
  return withOverrides(next, overrides);
}

/** @throws ValidationException when the table takes no part in transactions: those of strong consistency don't. */
export function checkTransactable(table: Table): void {
  if (table.global?.consistency !== 'STRONG') return;
  throw new ValidationException(
    'Transaction operations are not supported on global tables with multi-Region strong consistency',
  );
}
