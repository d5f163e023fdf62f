/** What the properties of AWS::DynamoDB::GlobalTable mean for the table of one region. */
import type { Properties } from '../../../platform/index.ts';
import { defined, type Observed, type Policy, type Tag } from './calls.ts';
import { type ScalingSettings, startUnits } from './scaling.ts';
import { type IndexInput, sseOf, streamOf, type TableInput } from './tableChanges.ts';

interface ReadSettings {
  ReadOnDemandThroughputSettings?: { MaxReadRequestUnits?: number };
  ReadProvisionedThroughputSettings?: {
    ReadCapacityUnits?: number;
    ReadCapacityAutoScalingSettings?: ScalingSettings;
  };
}

interface WriteSettings {
  WriteOnDemandThroughputSettings?: { MaxWriteRequestUnits?: number };
  WriteProvisionedThroughputSettings?: { WriteCapacityAutoScalingSettings?: ScalingSettings };
}

export interface ReplicaProperties extends ReadSettings, Observed {
  Region: string;
  DeletionProtectionEnabled?: boolean;
  GlobalSecondaryIndexes?: (NonNullable<Observed['GlobalSecondaryIndexes']>[number] & ReadSettings)[];
  KinesisStreamSpecification?: never;
  PointInTimeRecoverySpecification?: never;
  ReplicaStreamSpecification?: { ResourcePolicy: Policy };
  ResourcePolicy?: Policy;
  SSESpecification?: { KMSMasterKeyId: string };
  TableClass?: string;
  Tags?: Tag[];
}

type GlobalIndex = Omit<IndexInput, 'ProvisionedThroughput' | 'OnDemandThroughput'> &
  ReadSettings &
  WriteSettings;

export interface GlobalTableProperties extends ReadSettings, WriteSettings {
  BillingMode?: string;
  AttributeDefinitions?: TableInput['AttributeDefinitions'];
  GlobalSecondaryIndexes?: GlobalIndex[];
  GlobalTableWitnesses?: { Region?: string }[];
  MultiRegionConsistency?: string;
  SSESpecification?: object;
  StreamSpecification?: { StreamViewType: string };
  WarmThroughput?: object;
  Replicas?: ReplicaProperties[];
}

export function read(properties: Properties): GlobalTableProperties {
  return properties as GlobalTableProperties;
}

export function replicasOf(properties: Properties): ReplicaProperties[] {
  return read(properties).Replicas ?? [];
}

/** The settings of the table in the stack's own region; the other replicas follow them. */
export function regionalInput(properties: Properties, own: ReplicaProperties): TableInput {
  const given = read(properties);
  const mode = given.BillingMode ?? 'PROVISIONED';
  const several = replicasOf(properties).length > 1 && given.MultiRegionConsistency !== 'STRONG';
  const sse = sseOf(given.SSESpecification);
  const members: Partial<TableInput> = defined({
    ...throughputOf(mode, given, readOf(given, own)),
    TableClass: own.TableClass,
    DeletionProtectionEnabled: own.DeletionProtectionEnabled,
    // Replicas of AWS's kind need a stream; the template must name it, and where it doesn't the service switches it on.
    StreamSpecification: streamOf(
      given.StreamSpecification ?? (several ? { StreamViewType: 'NEW_AND_OLD_IMAGES' } : undefined),
    ),
    SSESpecification: sse && defined({ ...sse, KMSMasterKeyId: own.SSESpecification?.KMSMasterKeyId }),
    WarmThroughput: given.WarmThroughput,
  });
  return {
    ...members,
    BillingMode: mode,
    AttributeDefinitions: given.AttributeDefinitions ?? [],
    GlobalSecondaryIndexes: (given.GlobalSecondaryIndexes ?? []).map((index) => {
      const { IndexName, KeySchema, Projection, WarmThroughput } = index;
      return {
        ...{ IndexName, KeySchema, Projection },
        ...(WarmThroughput === undefined ? {} : { WarmThroughput }),
        ...throughputOf(mode, index, readOf(index, indexOf(own, IndexName))),
      };
    }),
  };
}

function indexOf(replica: ReplicaProperties, name: string): ReadSettings | undefined {
  return replica.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === name);
}

/** A replica's settings go before those of the whole. */
function readOf(shared: ReadSettings, own: ReadSettings | undefined): ReadSettings {
  return {
    ...shared,
    ...(own?.ReadOnDemandThroughputSettings
      ? { ReadOnDemandThroughputSettings: own.ReadOnDemandThroughputSettings }
      : {}),
    ...(own?.ReadProvisionedThroughputSettings
      ? { ReadProvisionedThroughputSettings: own.ReadProvisionedThroughputSettings }
      : {}),
  };
}

function readUnits({ ReadProvisionedThroughputSettings: settings }: ReadSettings): number | undefined {
  return settings?.ReadCapacityUnits ?? startUnits(settings?.ReadCapacityAutoScalingSettings);
}

function throughputOf(
  mode: string,
  write: WriteSettings,
  reading: ReadSettings,
): Pick<TableInput, 'ProvisionedThroughput' | 'OnDemandThroughput'> {
  if (mode === 'PAY_PER_REQUEST') {
    const limits = { ...reading.ReadOnDemandThroughputSettings, ...write.WriteOnDemandThroughputSettings };
    return Object.keys(limits).length > 0 ? { OnDemandThroughput: limits } : {};
  }
  const writing = write.WriteProvisionedThroughputSettings?.WriteCapacityAutoScalingSettings;
  return {
    ProvisionedThroughput: defined({
      ReadCapacityUnits: readUnits(reading),
      WriteCapacityUnits: startUnits(writing),
    }),
  };
}

/** A replica in another region as ReplicaUpdates names it. */
export function replicaInput(properties: Properties, replica: ReplicaProperties): object {
  const given = read(properties);
  const provisioned = (given.BillingMode ?? 'PROVISIONED') === 'PROVISIONED';
  const indexes = (replica.GlobalSecondaryIndexes ?? [])
    .map((index) => ({ IndexName: index.IndexName, ...overridesOf(index, provisioned) }))
    .filter((index) => Object.keys(index).length > 1);
  return defined({
    RegionName: replica.Region,
    KMSMasterKeyId: replica.SSESpecification?.KMSMasterKeyId,
    TableClassOverride: replica.TableClass,
    ...overridesOf(replica, provisioned),
    GlobalSecondaryIndexes: indexes.length > 0 ? indexes : undefined,
  });
}

function overridesOf(settings: ReadSettings, provisioned: boolean): object {
  const units = provisioned ? readUnits(settings) : undefined;
  const requests = provisioned ? undefined : settings.ReadOnDemandThroughputSettings?.MaxReadRequestUnits;
  return {
    ...(units === undefined ? {} : { ProvisionedThroughputOverride: { ReadCapacityUnits: units } }),
    ...(requests === undefined ? {} : { OnDemandThroughputOverride: { MaxReadRequestUnits: requests } }),
  };
}

/** What of a replica's table is scaled, and how. */
export function scalingOf(
  properties: Properties | undefined,
  replica: ReplicaProperties | undefined,
  name: string,
): Map<string, { resource: string; kind: 'Read' | 'Write'; settings: ScalingSettings }> {
  const found = new Map<string, { resource: string; kind: 'Read' | 'Write'; settings: ScalingSettings }>();
  if (!properties || !replica) return found;
  const given = read(properties);
  if ((given.BillingMode ?? 'PROVISIONED') !== 'PROVISIONED') return found;
  const add = (resource: string, kind: 'Read' | 'Write', settings: ScalingSettings | undefined) => {
    if (settings) found.set(`${resource} ${kind}`, { resource, kind, settings });
  };
  const table = `table/${name}`;
  const scan = (resource: string, write: WriteSettings, reading: ReadSettings) => {
    add(resource, 'Write', write.WriteProvisionedThroughputSettings?.WriteCapacityAutoScalingSettings);
    add(resource, 'Read', reading.ReadProvisionedThroughputSettings?.ReadCapacityAutoScalingSettings);
  };
  scan(table, given, readOf(given, replica));
  for (const index of given.GlobalSecondaryIndexes ?? []) {
    const { IndexName } = index;
    scan(`${table}/index/${IndexName}`, index, readOf(index, indexOf(replica, IndexName)));
  }
  return found;
}
