/** Global indexes of a table that come, change and go, as UpdateTable asks. */
import { LimitExceededException, ResourceNotFoundException, ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import {
  type AttributeDefinition,
  checkDefined,
  checkGlobalKey,
  checkProjectedCount,
  type IndexInput,
  newIndex,
} from './schema.ts';
import { usedAttributes } from './states.ts';
import type { Index, KeyAttribute, Table } from './table.ts';
import {
  changedOnDemand,
  changedThroughput,
  checkOnDemand,
  checkOnDemandQuota,
  checkUnits,
  checkUnitsChange,
  checkUnitsQuota,
  invalid,
} from './throughput.ts';
import type { IndexUpdate } from './updateRules.ts';
import { checkNewWarm, checkWarmQuota, warming } from './warmThroughput.ts';

/** @param newId what a created index is kept under. @returns the table with the change made. */
export function changeIndex(
  table: Table,
  update: IndexUpdate,
  definitions: readonly AttributeDefinition[],
  now: number,
  newId: string,
): Table {
  if (update.Create) return createIndex(table, update.Create, definitions, now, newId);
  const { IndexName: name } = (update.Delete ?? update.Update) as { IndexName: string };
  const index = table.indexes.find((one) => one.name === name);
  if (!index) {
    throw new ResourceNotFoundException(
      `Requested resource not found: Index ${name} for table ${table.name}`,
    );
  }
  if (index.kind === 'local') {
    throw new ValidationException(
      `Cannot ${update.Delete ? 'delete' : 'update'} an index that is not a GlobalSecondaryIndex: ${name}`,
    );
  }
  if (update.Delete) {
    const indexes = table.indexes.filter((one) => one !== index);
    return { ...table, indexes, attributes: usedAttributes(table, indexes) };
  }
  const { ProvisionedThroughput: wanted, OnDemandThroughput: onDemand } = update.Update ?? {};
  const onDemandUnits = onDemand && Object.values(onDemand).some((units) => units !== undefined);
  const changes = onDemandUnits || update.Update?.WarmThroughput;
  if ((wanted || !changes) && table.billingMode === 'PAY_PER_REQUEST') {
    throw invalid(
      `The only Updates for index: ${name} when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput`,
    );
  }
  checkOnDemand(onDemand, table.billingMode, true, name);
  checkOnDemandQuota(onDemand, table.region, name);
  if (wanted && index.throughput) checkUnitsChange(index.throughput, wanted, name);
  if (wanted) checkUnitsQuota(wanted, table.region, name);
  const { WarmThroughput: warm } = update.Update ?? {};
  const { onDemandThroughput: maxima, ...rest } = index;
  const kept = onDemand ? rest : index;
  const changed: Index = {
    ...(warm ? warming(kept, table.billingMode, warm, table.region, name) : kept),
    ...(wanted && index.throughput ? { throughput: changedThroughput(index.throughput, wanted, now) } : {}),
    ...(onDemand ? changedOnDemand(maxima, onDemand) : {}),
  };
  return { ...table, indexes: table.indexes.map((one) => (one === index ? changed : one)) };
}

function createIndex(
  table: Table,
  given: IndexInput,
  definitions: readonly AttributeDefinition[],
  now: number,
  id: string,
): Table {
  const { IndexName: name } = given;
  if (table.indexes.some((index) => index.name === name)) {
    throw new ValidationException('Attempting to create an index which already exists');
  }
  const attributes = allAttributes(table, definitions);
  checkDefined(
    given.KeySchema,
    attributes.map((attribute) => attribute.name),
  );
  checkGlobalKey(given, new Set());
  checkThroughput(table, given);
  checkProjectedCount([
    given,
    ...table.indexes.map(({ projection }) => ({
      Projection: { NonKeyAttributes: [...projection.attributes] },
    })),
  ]);
  if (table.indexes.filter(({ kind }) => kind === 'global').length >= limits.globalSecondaryIndexesMax) {
    throw new LimitExceededException(
      `Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of ${limits.globalSecondaryIndexesMax}`,
    );
  }
  const index: Index = {
    ...newIndex('global', given, attributes, id, now),
    status: 'CREATING',
    backfilling: true,
  };
  const indexes = [...table.indexes, index];
  return { ...table, indexes, attributes: usedAttributes({ ...table, attributes }, indexes) };
}

function checkThroughput(table: Table, given: IndexInput): void {
  const { IndexName: name, ProvisionedThroughput: throughput } = given;
  if (table.billingMode === 'PAY_PER_REQUEST' && throughput) {
    throw invalid(
      `Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: ${name} when BillingMode is PAY_PER_REQUEST`,
    );
  }
  if (table.billingMode === 'PROVISIONED' && !throughput) {
    throw invalid(`Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: ${name}`);
  }
  if (throughput) {
    checkUnits(throughput);
    checkUnitsQuota(throughput, table.region, name);
  }
  checkOnDemand(given.OnDemandThroughput, table.billingMode, false, name);
  checkOnDemandQuota(given.OnDemandThroughput, table.region, name);
  checkNewWarm(given.WarmThroughput, table.billingMode, throughput, name);
  checkWarmQuota(given.WarmThroughput, table.region, name);
}

/** What the table's keys are made of, and what the request adds; definitions that no key uses are dropped later. */
function allAttributes(table: Table, definitions: readonly AttributeDefinition[]): KeyAttribute[] {
  const attributes: KeyAttribute[] = [...table.attributes];
  for (const { AttributeName: name, AttributeType: type } of definitions) {
    const known = attributes.find((attribute) => attribute.name === name);
    if (known && known.type !== type) {
      throw invalid(
        `Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. Existing schema: Schema:[SchemaElement: key{${name}:${known.type}:HASH}] New schema: Schema:[SchemaElement: key{${name}:${type}:HASH}]`,
      );
    }
    if (!known) attributes.push({ name, type });
  }
  return attributes;
}
