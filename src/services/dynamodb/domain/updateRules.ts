/**
 * What may stand together in one UpdateTable: nearly nothing. The combinations, their order and their words are those
 * that AWS answers with; its pages only say “you can only perform one of the following operations at once”.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
 */
import { ValidationException } from '../errors.ts';
import type { AttributeDefinition, IndexInput } from './schema.ts';
import type { OnDemandThroughput } from './table.ts';
import { checkUnits, invalid, type ProvisionedThroughput } from './throughput.ts';
import { noUnits, type WarmInput } from './warmThroughput.ts';

export interface IndexUpdate {
  Create?: IndexInput;
  Update?: {
    IndexName: string;
    ProvisionedThroughput?: ProvisionedThroughput;
    OnDemandThroughput?: OnDemandThroughput;
    WarmThroughput?: WarmInput;
  };
  Delete?: { IndexName: string };
}

export interface UpdateInput {
  TableName: string;
  AttributeDefinitions?: AttributeDefinition[];
  BillingMode?: 'PROVISIONED' | 'PAY_PER_REQUEST';
  ProvisionedThroughput?: ProvisionedThroughput;
  GlobalSecondaryIndexUpdates?: IndexUpdate[];
  StreamSpecification?: unknown;
  SSESpecification?: unknown;
  TableClass?: string;
  DeletionProtectionEnabled?: boolean;
  OnDemandThroughput?: OnDemandThroughput;
  WarmThroughput?: WarmInput;
}

/**
 * Observed: an empty WarmThroughput or OnDemandThroughput beside anything else is as good as none.
 * @returns the request without it.
 */
export function withoutEmpty<Input extends UpdateInput>(input: Input): Input {
  const empty = (['WarmThroughput', 'OnDemandThroughput'] as const).filter((member) => {
    const given = input[member];
    return given && Object.values(given).every((units) => units === undefined);
  });
  const rest = { ...input };
  for (const member of empty) delete rest[member];
  return settingsOf(rest).length > 0 || rest.GlobalSecondaryIndexUpdates?.length ? rest : input;
}

/** The names of what a request changes besides indexes; on its own, none of the ignored is a change. */
function settingsOf({
  AttributeDefinitions: _,
  TableName: __,
  GlobalSecondaryIndexUpdates: ___,
  MultiRegionConsistency: ____,
  ...settings
}: UpdateInput & { MultiRegionConsistency?: unknown }): string[] {
  return Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

/** What needs no table to be seen. @throws ValidationException */
export function checkUpdate(input: UpdateInput & { MultiRegionConsistency?: unknown }): void {
  const { GlobalSecondaryIndexUpdates: updates, MultiRegionConsistency: consistency } = input;
  const given = settingsOf(input);
  if (given.length === 0 && !updates?.length) {
    // The service leaves out what was given.
    const mode = consistency === undefined ? ' MultiRegionConsistency,' : '';
    throw new ValidationException(
      `At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn,${mode} DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required`,
    );
  }
  for (const { Update } of updates ?? []) {
    const warm = Update?.WarmThroughput;
    if (warm && warm.ReadUnitsPerSecond === undefined && warm.WriteUnitsPerSecond === undefined) {
      throw noUnits(Update.IndexName);
    }
  }
  if (updates?.length === 0) throw invalid('List of GlobalSecondaryIndexUpdates is empty');
  checkAlone(
    new Set([
      ...given,
      ...(updates ? ['GlobalSecondaryIndexUpdates'] : []),
      ...(consistency === undefined ? [] : ['MultiRegionConsistency']),
    ]),
  );
  checkTogether(input);
  checkMode(input);
  checkIndexUpdates(input);
}

const alone: readonly (readonly [member: string, message: string])[] = [
  ['SSESpecification', 'Server-Side Encryption modification must be the only operation in the request'],
  ['TableClass', 'TableClass modification must be the only operation in the request'],
  ['DeletionProtectionEnabled', 'DeletionProtection modification must be the only operation in the request'],
];

function checkAlone(given: ReadonlySet<string>): void {
  if (given.size < 2) return;
  for (const [member, message] of alone) if (given.has(member)) throw invalid(message);
  if (given.has('OnDemandThroughput') && [...given].some((name) => !onDemandPartners.has(name))) {
    throw invalid('OnDemandThroughput can only be combined with BillingMode in an UpdateTable request');
  }
  if (given.has('WarmThroughput')) {
    throw invalid(
      given.has('GlobalSecondaryIndexUpdates')
        ? 'Create global secondary index cannot be specified when updating WarmThroughput'
        : 'WarmThroughput must be the only operation in the request',
    );
  }
}

const onDemandPartners = new Set(['OnDemandThroughput', 'BillingMode']);

function checkTogether(input: UpdateInput): void {
  const { StreamSpecification: stream, GlobalSecondaryIndexUpdates: updates } = input;
  const indexComesOrGoes = updates?.some(({ Create, Delete }) => Create ?? Delete) ?? false;
  const throughput = input.ProvisionedThroughput ?? input.BillingMode === 'PROVISIONED';
  if (stream && throughput) throw invalid('You cannot modify stream status while updating table IOPS');
  if (!indexComesOrGoes) return;
  if (throughput) throw invalid('You cannot create or delete index while updating table IOPS');
  if (stream) throw invalid('You cannot create or delete index while changing stream status');
}

function checkMode({ BillingMode: mode, ProvisionedThroughput: throughput }: UpdateInput): void {
  if (mode === 'PROVISIONED' && !throughput) {
    throw invalid('ProvisionedThroughput must be specified when BillingMode is PROVISIONED');
  }
  if (mode === 'PAY_PER_REQUEST' && throughput) {
    throw invalid('ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST');
  }
  if (throughput) checkUnits(throughput);
}

function checkIndexUpdates(input: UpdateInput): void {
  const names = new Set<string>();
  for (const update of input.GlobalSecondaryIndexUpdates ?? []) {
    const actions = [update.Create, update.Update, update.Delete].filter((action) => action !== undefined);
    const [action] = actions;
    if (!action) {
      throw invalid(
        'One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null',
      );
    }
    if (actions.length > 1) {
      throw invalid(
        'Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object',
      );
    }
    const { IndexName: name } = action;
    if (names.has(name)) {
      throw invalid(
        `Only one global secondary index update per index is allowed simultaneously. Index: ${name}`,
      );
    }
    names.add(name);
    if (update.Create && !input.AttributeDefinitions) {
      throw invalid(`AttributeDefinitions is not specified for index: ${name}`);
    }
  }
}
