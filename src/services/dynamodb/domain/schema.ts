/** Key schemas and indexes of a new table, checked as CreateTable checks them. */
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import { javaSet, javaSetOfSize } from './javaSet.ts';
import type { Index, KeyAttribute, KeySchema, OnDemandThroughput, Projection, ScalarType } from './table.ts';
import { checkOnDemand, checkUnits, invalid, type ProvisionedThroughput } from './throughput.ts';
import { checkNewWarm, newWarm, type WarmInput } from './warmThroughput.ts';

export interface KeySchemaElement {
  AttributeName: string;
  KeyType: 'HASH' | 'RANGE';
}

export interface AttributeDefinition {
  AttributeName: string;
  AttributeType: ScalarType;
}

export interface IndexInput {
  IndexName: string;
  KeySchema: KeySchemaElement[];
  Projection: { ProjectionType?: 'ALL' | 'KEYS_ONLY' | 'INCLUDE'; NonKeyAttributes?: string[] };
  ProvisionedThroughput?: ProvisionedThroughput;
  OnDemandThroughput?: OnDemandThroughput;
  WarmThroughput?: WarmInput;
}

export interface SchemaInput {
  AttributeDefinitions: AttributeDefinition[];
  KeySchema: KeySchemaElement[];
  LocalSecondaryIndexes?: IndexInput[];
  GlobalSecondaryIndexes?: IndexInput[];
  BillingMode?: 'PROVISIONED' | 'PAY_PER_REQUEST';
  ProvisionedThroughput?: ProvisionedThroughput;
  WarmThroughput?: WarmInput;
}

/** Throughput and billing mode must agree. @throws ValidationException */
export function checkThroughput(input: SchemaInput & { OnDemandThroughput?: OnDemandThroughput }): void {
  checkOnDemand(input.OnDemandThroughput, input.BillingMode, false);
  if (input.BillingMode === 'PAY_PER_REQUEST') {
    if (input.ProvisionedThroughput) {
      throw invalid(
        'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
      );
    }
    checkNewWarm(input.WarmThroughput, input.BillingMode, undefined);
    return;
  }
  if (!input.ProvisionedThroughput) {
    throw invalid(
      'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    );
  }
  checkUnits(input.ProvisionedThroughput);
  checkNewWarm(input.WarmThroughput, input.BillingMode, input.ProvisionedThroughput);
}

/** @throws ValidationException in the order of CreateTable. */
export function checkSchema(input: SchemaInput): void {
  const { KeySchema: schema, LocalSecondaryIndexes: locals, GlobalSecondaryIndexes: globals } = input;
  const defined = input.AttributeDefinitions.map(({ AttributeName }) => AttributeName);
  checkLength(schema, 'keySchema');
  locals?.forEach((index, at) => {
    checkLength(index.KeySchema, `localSecondaryIndexes.${at + 1}.member.keySchema`);
  });
  if (schema.length > defined.length) {
    throw new ValidationException('Invalid KeySchema: Some index key attribute have no definition');
  }
  checkDefined(schema, defined);
  checkKeySchema(schema);
  const twice = defined.find((name, at) => defined.indexOf(name) !== at);
  if (twice !== undefined) throw new ValidationException(`Attribute Name is duplicated: ${twice}`);
  if (!locals && !globals && schema.length !== defined.length) {
    throw invalid(
      'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    );
  }
  if (locals?.length === 0) throw invalid('List of LocalSecondaryIndexes is empty');
  if (globals?.length === 0) throw invalid('List of GlobalSecondaryIndexes is empty');
  const indexes = [...(locals ?? []), ...(globals ?? [])];
  for (const index of indexes) checkDefined(index.KeySchema, defined);
  checkUsed([schema, ...indexes.map(({ KeySchema }) => KeySchema)], defined);
  const names = new Set<string>();
  if (locals) {
    if (schema.length !== 2) {
      throw invalid(
        'Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
      );
    }
    for (const index of locals) checkLocalIndex(index, input, names);
    if (locals.length > limits.localSecondaryIndexesMax) {
      throw invalid('Number of LocalSecondaryIndexes exceeds per-table limit of 5');
    }
  }
  if (globals) {
    for (const index of globals) {
      checkGlobalKey(index, names);
      checkIndexThroughput(index, input.BillingMode);
    }
    if (globals.length > limits.globalSecondaryIndexesMax) {
      throw invalid('GlobalSecondaryIndex count exceeds the per-table limit of 20');
    }
  }
  checkProjectedCount(indexes);
}

/** Every definition must be a key of something. @throws ValidationException */
function checkUsed(schemas: readonly KeySchemaElement[][], defined: readonly string[]): void {
  const used = new Set(schemas.flat().map(nameOf));
  if (defined.every((name) => used.has(name))) return;
  throw invalid(
    `Some AttributeDefinitions are not used. AttributeDefinitions: ${javaSetOfSize(defined)}, keys used: ${javaSet(used)}`,
  );
}

/** Only global indexes may have more than two key attributes, and the model of the API can't say so. */
function checkLength(schema: readonly KeySchemaElement[], at: string): void {
  if (schema.length <= 2) return;
  const shown = schema.map(
    ({ AttributeName, KeyType }) => `KeySchemaElement(attributeName=${AttributeName}, keyType=${KeyType})`,
  );
  throw new ValidationException(
    `1 validation error detected: Value '[${shown.join(', ')}]' at '${at}' failed to satisfy constraint: Member must have length less than or equal to 2`,
  );
}

function nameOf({ AttributeName }: KeySchemaElement): string {
  return AttributeName;
}

/** @throws ValidationException for keys without a type. */
export function checkDefined(schema: readonly KeySchemaElement[], defined: readonly string[]): void {
  const keys = schema.map(nameOf);
  if (keys.some((key) => !defined.includes(key))) {
    throw invalid(
      `Some index key attributes are not defined in AttributeDefinitions. Keys: ${javaSet(keys)}, AttributeDefinitions: ${javaSetOfSize(defined)}`,
    );
  }
}

function checkKeySchema([first, second]: readonly KeySchemaElement[]): void {
  if (second && first?.AttributeName === second.AttributeName) {
    throw new ValidationException(
      'Both the Hash Key and the Range Key element in the KeySchema have the same name',
    );
  }
  if (first?.KeyType !== 'HASH') throw firstNotHash();
  if (second && second.KeyType !== 'RANGE') {
    throw new ValidationException('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type');
  }
}

function firstNotHash(): Error {
  return new ValidationException('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
}

function checkLocalIndex(index: IndexInput, table: SchemaInput, names: Set<string>): void {
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
  if (schema.length <= 2 && hashes <= 1) {
    checkKeySchema(schema);
    return;
  }
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

/** Key and projection. @param names of the indexes before it. @throws ValidationException */
export function checkGlobalKey(index: IndexInput, names: Set<string>): void {
  checkComposedSchema(index.KeySchema);
  checkProjection(index, names);
}

function checkIndexThroughput(index: IndexInput, billingMode: string | undefined): void {
  const { IndexName: name, ProvisionedThroughput: throughput } = index;
  if (billingMode === 'PAY_PER_REQUEST') {
    if (throughput) {
      throw invalid(
        `ProvisionedThroughput should not be specified for index: ${name} when BillingMode is PAY_PER_REQUEST`,
      );
    }
  } else if (!throughput) {
    throw invalid(`ProvisionedThroughput is not specified for index: ${name}`);
  } else {
    checkUnits(throughput);
  }
  checkOnDemand(index.OnDemandThroughput, billingMode, false, name);
  checkNewWarm(index.WarmThroughput, billingMode, throughput, name);
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
  const twice = attributes?.find((name, at) => attributes.indexOf(name) !== at);
  if (twice !== undefined) throw invalid(`Duplicate element in NonKeyAttributes: ${twice}`);
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
  return {
    type: Projection.ProjectionType ?? 'ALL',
    attributes: [...(Projection.NonKeyAttributes ?? [])].sort(),
  };
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
    ...newWarm(input.WarmThroughput),
  };
}
