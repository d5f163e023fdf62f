/** Key schemas and indexes of a new table, checked as CreateTable checks them. */
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Index, KeyAttribute, KeySchema, OnDemandThroughput, Projection, ScalarType } from './table.ts';

export interface KeySchemaElement {
  AttributeName: string;
  KeyType: 'HASH' | 'RANGE';
}

export interface AttributeDefinition {
  AttributeName: string;
  AttributeType: ScalarType;
}

export interface ProvisionedThroughput {
  ReadCapacityUnits: number;
  WriteCapacityUnits: number;
}

export interface IndexInput {
  IndexName: string;
  KeySchema: KeySchemaElement[];
  Projection: { ProjectionType?: 'ALL' | 'KEYS_ONLY' | 'INCLUDE'; NonKeyAttributes?: string[] };
  ProvisionedThroughput?: ProvisionedThroughput;
  OnDemandThroughput?: OnDemandThroughput;
}

export interface SchemaInput {
  AttributeDefinitions: AttributeDefinition[];
  KeySchema: KeySchemaElement[];
  LocalSecondaryIndexes?: IndexInput[];
  GlobalSecondaryIndexes?: IndexInput[];
  BillingMode?: 'PROVISIONED' | 'PAY_PER_REQUEST';
  ProvisionedThroughput?: ProvisionedThroughput;
}

export const invalid = (what: string) =>
  new ValidationException(`One or more parameter values were invalid: ${what}`);

/** Throughput and billing mode must agree. @throws ValidationException */
export function checkThroughput(input: SchemaInput): void {
  if (input.BillingMode === 'PAY_PER_REQUEST') {
    if (input.ProvisionedThroughput) {
      throw invalid(
        'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
      );
    }
    return;
  }
  if (!input.ProvisionedThroughput) {
    throw invalid(
      'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    );
  }
  checkUnits(input.ProvisionedThroughput);
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ProvisionedThroughput.html; the bound is observed. */
const unitsMax = 1_000_000_000_000;

export function checkUnits(throughput: ProvisionedThroughput): void {
  for (const member of ['ReadCapacityUnits', 'WriteCapacityUnits'] as const) {
    if (throughput[member] > unitsMax) {
      throw new ValidationException(`Given value ${throughput[member]} for ${member} is out of bounds`);
    }
  }
}

/** @throws ValidationException in the order of CreateTable. */
export function checkSchema(input: SchemaInput): void {
  const defined = input.AttributeDefinitions.map(({ AttributeName }) => AttributeName);
  if (input.KeySchema.length > defined.length) {
    throw new ValidationException('Invalid KeySchema: Some index key attribute have no definition');
  }
  checkDefined(input.KeySchema, defined);
  checkKeySchema(input.KeySchema);
  const { LocalSecondaryIndexes: locals, GlobalSecondaryIndexes: globals } = input;
  if (!locals && !globals && input.KeySchema.length !== defined.length) throw unusedDefinitions();
  if (new Set(defined).size !== defined.length) {
    throw invalid('Cannot have two attributes with the same name');
  }
  const names = new Set<string>();
  if (locals) {
    if (locals.length === 0) throw invalid('List of LocalSecondaryIndexes is empty');
    if (input.KeySchema.length !== 2) {
      throw invalid(
        'Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
      );
    }
    for (const index of locals) checkLocalIndex(index, input, defined, names);
    if (locals.length > limits.localSecondaryIndexesMax) {
      throw invalid('Number of LocalSecondaryIndexes exceeds per-table limit of 5');
    }
  }
  if (globals) {
    if (globals.length === 0) throw invalid('List of GlobalSecondaryIndexes is empty');
    for (const index of globals) checkGlobalIndex(index, input.BillingMode, defined, names);
    if (globals.length > limits.globalSecondaryIndexesMax) {
      throw invalid('GlobalSecondaryIndex count exceeds the per-table limit of 20');
    }
  }
  const indexes = [...(locals ?? []), ...(globals ?? [])];
  checkProjectedCount(indexes);
  const used = new Set([input.KeySchema, ...indexes.map((index) => index.KeySchema)].flat().map(nameOf));
  if (defined.some((name) => !used.has(name))) throw unusedDefinitions(indexes.length > 0);
}

function unusedDefinitions(indexed = false): Error {
  return invalid(
    indexed
      ? 'Some AttributeDefinitions are not used. AttributeDefinitions must be a key attribute of the table or of an index'
      : 'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
  );
}

function nameOf({ AttributeName }: KeySchemaElement): string {
  return AttributeName;
}

function checkDefined(schema: readonly KeySchemaElement[], defined: readonly string[]): void {
  const keys = schema.map(nameOf);
  if (keys.some((key) => !defined.includes(key))) {
    throw invalid(
      `Some index key attributes are not defined in AttributeDefinitions. Keys: [${keys.join(', ')}], AttributeDefinitions: [${defined.join(', ')}]`,
    );
  }
}

function checkKeySchema([first, second, third]: readonly KeySchemaElement[]): void {
  if (second && first?.AttributeName === second.AttributeName) {
    throw new ValidationException(
      'Both the Hash Key and the Range Key element in the KeySchema have the same name',
    );
  }
  if (first?.KeyType !== 'HASH') {
    throw firstNotHash();
  }
  if (second && second.KeyType !== 'RANGE') {
    throw new ValidationException('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type');
  }
  if (third) {
    throw new ValidationException(
      "1 validation error detected: Value at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2",
    );
  }
}

function firstNotHash(): Error {
  return new ValidationException('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
}

function checkLocalIndex(
  index: IndexInput,
  table: SchemaInput,
  defined: readonly string[],
  names: Set<string>,
): void {
  checkDefined(index.KeySchema, defined);
  checkKeySchema(index.KeySchema);
  if (index.KeySchema.length !== 2) {
    throw invalid(`Index KeySchema does not have a range key for index: ${index.IndexName}`);
  }
  const tableKey = table.KeySchema[0]?.AttributeName;
  const indexKey = index.KeySchema[0]?.AttributeName;
  if (indexKey !== tableKey) {
    throw invalid(
      `Index KeySchema does not have the same leading hash key as table KeySchema for index: ${index.IndexName}. index hash key: ${indexKey}, table hash key: ${tableKey}`,
    );
  }
  checkProjection(index, names);
}

/** Global indexes may have up to four partition and four sort attributes. @throws ValidationException */
function checkComposedSchema(schema: readonly KeySchemaElement[]): void {
  const ranges = schema.filter(({ KeyType }) => KeyType === 'RANGE').length;
  const hashes = schema.length - ranges;
  if (schema.length <= 2 && hashes <= 1) return checkKeySchema(schema);
  if (schema[0]?.KeyType !== 'HASH') throw firstNotHash();
  if (schema.slice(hashes).some(({ KeyType }) => KeyType === 'HASH')) {
    throw invalid('All HASH key attributes must precede RANGE key attributes in the KeySchema');
  }
  for (const [type, count] of [
    ['HASH', hashes],
    ['RANGE', ranges],
  ] as const) {
    if (count > limits.composedKeyAttributesMax) {
      throw invalid(`The KeySchema exceeds the maximum allowed number of ${type} key attributes`);
    }
  }
  if (new Set(schema.map(nameOf)).size !== schema.length) {
    throw new ValidationException('The KeySchema contains multiple key attributes with the same name');
  }
}

export function checkGlobalIndex(
  index: IndexInput,
  billingMode: string | undefined,
  defined: readonly string[],
  names: Set<string>,
): void {
  checkDefined(index.KeySchema, defined);
  checkComposedSchema(index.KeySchema);
  checkProjection(index, names);
  if (billingMode === 'PAY_PER_REQUEST') {
    if (index.ProvisionedThroughput) {
      throw invalid(
        `ProvisionedThroughput should not be specified for index: ${index.IndexName} when BillingMode is PAY_PER_REQUEST`,
      );
    }
  } else if (!index.ProvisionedThroughput) {
    throw invalid(`ProvisionedThroughput must be specified for index: ${index.IndexName}`);
  } else {
    checkUnits(index.ProvisionedThroughput);
  }
}

function checkProjection(index: IndexInput, names: Set<string>): void {
  const { ProjectionType: type, NonKeyAttributes: attributes } = index.Projection;
  if (type === undefined) throw invalid('Unknown ProjectionType: null');
  if (attributes && type !== 'INCLUDE') {
    throw invalid(`ProjectionType is ${type}, but NonKeyAttributes is specified`);
  }
  if (type === 'INCLUDE' && !attributes) {
    throw invalid(`ProjectionType is ${type}, but NonKeyAttributes is not specified`);
  }
  if (names.has(index.IndexName)) throw invalid(`Duplicate index name: ${index.IndexName}`);
  names.add(index.IndexName);
}

export function checkProjectedCount(indexes: readonly Pick<IndexInput, 'Projection'>[]): void {
  const count = indexes.reduce((sum, index) => sum + (index.Projection.NonKeyAttributes?.length ?? 0), 0);
  if (count > limits.projectedAttributesMax) {
    throw invalid(
      `The number of attributes in all projections exceeds the limit of ${limits.projectedAttributesMax}`,
    );
  }
}

export function keySchemaOf(
  schema: readonly KeySchemaElement[],
  definitions: readonly KeyAttribute[],
): KeySchema {
  const attribute = (element: KeySchemaElement): KeyAttribute => {
    const found = definitions.find(({ name }) => name === element.AttributeName) as KeyAttribute;
    return { name: found.name, type: found.type };
  };
  const ofType = (type: KeySchemaElement['KeyType']) =>
    schema.filter(({ KeyType }) => KeyType === type).map(attribute);
  const [partition, ...morePartition] = ofType('HASH') as [KeyAttribute, ...KeyAttribute[]];
  const [sort, ...moreSort] = ofType('RANGE');
  return {
    partition,
    ...(sort ? { sort } : {}),
    ...(morePartition.length > 0 ? { morePartition } : {}),
    ...(moreSort.length > 0 ? { moreSort } : {}),
  };
}

export function projectionOfIndex({ Projection }: IndexInput): Projection {
  return { type: Projection.ProjectionType ?? 'ALL', attributes: Projection.NonKeyAttributes ?? [] };
}

/** An index as it is kept. @param id its place in the store's keys. */
export function newIndex(
  kind: Index['kind'],
  input: IndexInput,
  definitions: readonly KeyAttribute[],
  id: string,
  now: number,
): Index {
  return {
    name: input.IndexName,
    id,
    kind,
    key: keySchemaOf(input.KeySchema, definitions),
    projection: projectionOfIndex(input),
    status: 'ACTIVE',
    backfilling: false,
    createdAt: now,
    ...(kind === 'global'
      ? {
          throughput: {
            readCapacityUnits: input.ProvisionedThroughput?.ReadCapacityUnits ?? 0,
            writeCapacityUnits: input.ProvisionedThroughput?.WriteCapacityUnits ?? 0,
            decreasesToday: 0,
          },
        }
      : {}),
    ...(input.OnDemandThroughput ? { onDemandThroughput: input.OnDemandThroughput } : {}),
  };
}
