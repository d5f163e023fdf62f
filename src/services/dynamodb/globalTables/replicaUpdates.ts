/**
 * ReplicaUpdates, MultiRegionConsistency and GlobalTableWitnessUpdates of UpdateTable: checked, and read as what
 * becomes of the replicas. AWS has a page of rules for each consistency:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
 */
import type { GlobalTable, Overrides, Replica } from '../domain/globalTable.ts';
import type { Table } from '../domain/table.ts';
import { checkOnDemand, invalid } from '../domain/throughput.ts';
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import { encryptionOf } from '../operations/settings.ts';

export interface ReplicaSettings {
  RegionName: string;
  KMSMasterKeyId?: string;
  ProvisionedThroughputOverride?: { ReadCapacityUnits?: number };
  OnDemandThroughputOverride?: { MaxReadRequestUnits?: number };
  GlobalSecondaryIndexes?: {
    IndexName: string;
    ProvisionedThroughputOverride?: { ReadCapacityUnits?: number };
    OnDemandThroughputOverride?: { MaxReadRequestUnits?: number };
  }[];
  TableClassOverride?: 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS';
}

export interface ReplicaUpdate {
  Create?: ReplicaSettings;
  Update?: ReplicaSettings;
  Delete?: { RegionName: string };
}

export interface ReplicaInput {
  ReplicaUpdates?: ReplicaUpdate[];
  MultiRegionConsistency?: 'EVENTUAL' | 'STRONG';
  GlobalTableWitnessUpdates?: { Create?: { RegionName: string }; Delete?: { RegionName: string } }[];
}

/** What becomes of the replicas of a table besides following its settings. */
export interface ReplicaChanges {
  create?: { region: string; overrides: Overrides }[];
  override?: { region: string; overrides: Overrides }[];
  remove?: string[];
  /** A witness that joins, or leaves. */
  witness?: { create?: string };
  /** Of a new global table. */
  consistency?: GlobalTable['consistency'];
}

export function nameTakenElsewhere(name: string): Error {
  return new ValidationException(
    `Failed to create a the new replica of table with name: ‘${name}’ because one or more replicas already existed as tables.`,
  );
}

/**
 * @param group the global table that the table belongs to. @param wanted the table as its own settings will be.
 * @returns undefined when the request says nothing of replicas. @throws ValidationException
 */
export function replicaChanges(
  input: ReplicaInput,
  wanted: Table,
  group: GlobalTable | undefined,
): ReplicaChanges | undefined {
  const {
    ReplicaUpdates: updates,
    GlobalTableWitnessUpdates: witnesses,
    MultiRegionConsistency: mode,
  } = input;
  if (!updates && !witnesses && mode === undefined) return undefined;
  if (!updates || updates.length === 0) {
    throw invalid(
      `${mode === undefined ? 'GlobalTableWitnessUpdates' : 'MultiRegionConsistency'} can only be specified together with ReplicaUpdates`,
    );
  }
  if (group?.version === '2017.11.29') {
    throw new ValidationException(
      'ReplicaUpdates is not supported for global tables of version 2017.11.29. Use UpdateGlobalTable',
    );
  }
  for (const update of updates) checkUpdate(update, wanted.region);
  const strong = (group?.consistency ?? mode) === 'STRONG';
  if (strong) checkStrong(input, updates, wanted, group);
  else checkEventual(input, updates, wanted);
  const changes: Required<Pick<ReplicaChanges, 'create' | 'override' | 'remove'>> & ReplicaChanges = {
    create: [],
    override: [],
    remove: [],
    ...(mode === undefined ? {} : { consistency: mode }),
    ...witnessOf(witnesses, group),
  };
  for (const { Create, Update, Delete } of updates) {
    const region = (Create ?? Update ?? Delete)?.RegionName as string;
    const known = group?.replicas.find((replica) => replica.region === region);
    if (Create) {
      if (known) throw nameTakenElsewhere(wanted.name);
      changes.create.push({ region, overrides: overridesOf(Create, wanted) });
    } else if (!known) {
      throw new ValidationException(
        `Update global table operation failed because one or more replicas were not part of the global table. Please retry the request without these replicas: [${region}].`,
      );
    } else if (Update) {
      changes.override.push({ region, overrides: { ...known.overrides, ...overridesOf(Update, wanted) } });
    } else {
      changes.remove.push(region);
    }
  }
  return changes;
}

function checkUpdate(update: ReplicaUpdate, localRegion: string): void {
  const actions = [update.Create, update.Update, update.Delete].filter((action) => action !== undefined);
  const [action] = actions;
  const isEmpty = (given: object) => Object.keys(given).every((member) => member === 'RegionName');
  if (!action || (update.Update && isEmpty(update.Update))) {
    throw new ValidationException(
      'There are no actions specified in the Replica Update Action of the request.',
    );
  }
  if (actions.length > 1) {
    throw new ValidationException(
      'Update table operation with more than one type of replica actions not allowed.',
    );
  }
  if (action.RegionName === localRegion) {
    throw new ValidationException(
      'Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or UpdateTable as required.',
    );
  }
  if (!/^[a-z]{2}(-[a-z]+)+-[0-9]$/.test(action.RegionName)) {
    throw new ValidationException(`Invalid AWS region in ReplicaUpdates: ${action.RegionName}`);
  }
}

function checkEventual(input: ReplicaInput, updates: readonly ReplicaUpdate[], table: Table): void {
  if (input.GlobalTableWitnessUpdates) {
    throw invalid('Witnesses are only supported for global tables with multi-Region strong consistency');
  }
  if (updates.length > 1) {
    const kinds = new Set(
      updates.map(({ Create, Update }) => (Create ? 'create' : Update ? 'update' : 'delete')),
    );
    throw new ValidationException(
      kinds.size > 1
        ? 'Update table operation with more than one type of replica actions not allowed.'
        : 'Update table operation with more than one create or delete replica actions not allowed',
    );
  }
  const viewType = table.stream?.viewType;
  if (updates[0]?.Create && viewType !== undefined && viewType !== 'NEW_AND_OLD_IMAGES') {
    throw invalid(
      'Table must have DynamoDB Streams enabled with StreamViewType NEW_AND_OLD_IMAGES to become a replica',
    );
  }
}

/** Three replicas, or two and a witness, of an empty table, in regions that are near each other. */
function checkStrong(
  input: ReplicaInput,
  updates: readonly ReplicaUpdate[],
  table: Table,
  group: GlobalTable | undefined,
): void {
  const [witness] = input.GlobalTableWitnessUpdates ?? [];
  if (group) {
    checkStrongEnd(updates, witness, group);
    return;
  }
  const regions = updates.map(({ Create }) => Create?.RegionName).filter((region) => region !== undefined);
  const added = witness?.Create ? [...regions, witness.Create.RegionName] : regions;
  if (regions.length !== updates.length || added.length !== 2 || regions.length === 0) {
    throw invalid(
      'A global table with multi-Region strong consistency must have exactly three replicas, or two replicas and a witness',
    );
  }
  const all = [table.region, ...added];
  if (
    new Set(all).size !== 3 ||
    !limits.strongRegionSets.some((set) => all.every((region) => set.includes(region)))
  ) {
    throw invalid(
      `Multi-Region strong consistency is not supported for this combination of Regions: ${all.join(', ')}`,
    );
  }
  if (table.indexes.some(({ kind }) => kind === 'local')) {
    throw invalid('Local secondary indexes are not supported with multi-Region strong consistency');
  }
  if (table.timeToLive) throw invalid('Time to Live is not supported with multi-Region strong consistency');
}

/** Nothing can be added to one; taking two of three away leaves an ordinary table. */
function checkStrongEnd(
  updates: readonly ReplicaUpdate[],
  witness: { Create?: object; Delete?: { RegionName: string } } | undefined,
  group: GlobalTable,
): void {
  if (updates.some(({ Create }) => Create) || witness?.Create) {
    throw invalid(
      'Replicas and witnesses cannot be added to an existing global table with multi-Region strong consistency',
    );
  }
  if (witness?.Delete && witness.Delete.RegionName !== group.witness) {
    throw invalid(`Witness not found in Region ${witness.Delete.RegionName}`);
  }
  const removed = updates.filter(({ Delete }) => Delete).length + (witness?.Delete ? 1 : 0);
  if (removed !== 0 && removed !== 2) {
    throw invalid(
      'A global table with multi-Region strong consistency can only be deleted as a whole: delete both other replicas, or the other replica and the witness',
    );
  }
}

function witnessOf(
  updates: ReplicaInput['GlobalTableWitnessUpdates'],
  group: GlobalTable | undefined,
): Pick<ReplicaChanges, 'witness'> {
  const [update] = updates ?? [];
  if (!update) return {};
  if (update.Create) return { witness: { create: update.Create.RegionName } };
  return group?.witness === undefined ? {} : { witness: {} };
}

function overridesOf(settings: ReplicaSettings, table: Table): Overrides {
  const { RegionName: region } = settings;
  const key = settings.KMSMasterKeyId;
  const customer = table.encryption !== undefined && !table.encryption.keyArn.endsWith('alias/aws/dynamodb');
  if (customer && key === undefined) throw invalid('KMSMasterKeyId must be specified for each replica.');
  const kms =
    key === undefined
      ? undefined
      : encryptionOf(
          { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: key },
          { account: table.account, region },
        );
  const indexes = (settings.GlobalSecondaryIndexes ?? []).map((given) => {
    if (!table.indexes.some(({ name, kind }) => name === given.IndexName && kind === 'global')) {
      throw invalid(`Table: ${table.name}, Index: ${given.IndexName} not found`);
    }
    return [given.IndexName, unitsOf(given, table, given.IndexName)] as const;
  });
  const { TableClassOverride: tableClass } = settings;
  return {
    ...unitsOf(settings, table),
    ...(tableClass === undefined ? {} : { tableClass }),
    ...(kms ? { kmsKeyArn: kms.keyArn } : {}),
    ...(indexes.length > 0 ? { indexes: Object.fromEntries(indexes) } : {}),
  };
}

function unitsOf(
  given: Pick<ReplicaSettings, 'ProvisionedThroughputOverride' | 'OnDemandThroughputOverride'>,
  { billingMode }: Table,
  index?: string,
): Pick<Overrides, 'readCapacityUnits' | 'maxReadRequestUnits'> {
  const units = given.ProvisionedThroughputOverride?.ReadCapacityUnits;
  const requests = given.OnDemandThroughputOverride?.MaxReadRequestUnits;
  if (units !== undefined && billingMode === 'PAY_PER_REQUEST') {
    throw invalid(
      'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
    );
  }
  checkOnDemand(given.OnDemandThroughputOverride, billingMode, true, index);
  return {
    ...(units === undefined ? {} : { readCapacityUnits: units }),
    ...(requests === undefined ? {} : { maxReadRequestUnits: requests }),
  };
}

/** What a table can't do any more once it has replicas. @throws ValidationException */
export function checkReplicated(table: Table, changed: Table): void {
  if (!table.global) return;
  if (table.global.consistency === 'STRONG') {
    if (changed.timeToLive)
      throw invalid('Time to Live is not supported with multi-Region strong consistency');
  } else if (changed.stream?.label !== table.stream?.label) {
    throw invalid('The stream of a table that has replicas cannot be changed or disabled');
  }
}

/** A replica that others were copied from lately can't go before them. @throws ValidationException */
export function checkReplicaDeletable(
  replica: Pick<Replica, 'region'>,
  group: GlobalTable,
  now: number,
): void {
  const dayMs = 24 * 3600 * 1000;
  const fed = group.replicas.some(
    ({ source, addedAt }) => source === replica.region && now - addedAt < dayMs,
  );
  if (fed) {
    throw new ValidationException(
      'Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table in the last 24 hours.',
    );
  }
}
