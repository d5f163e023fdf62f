import { InvalidResource } from './errors.ts';
import { CfnResource } from './resource.ts';
import {
  integer,
  map,
  mapOf,
  oneOf,
  optional,
  passThrough,
  type ReadResource,
  type Schema,
  string,
  stringOrMap,
} from './schema.ts';
import { asMap, type Dict, isPresent, tagList, text } from './values.ts';

export const simpleTableSchema: Schema = {
  PointInTimeRecoverySpecification: passThrough,
  PrimaryKey: optional(mapOf(string)),
  ProvisionedThroughput: optional(mapOf(oneOf(integer, map))),
  TableName: optional(stringOrMap),
  Tags: optional(map),
  SSESpecification: optional(map),
};

const attributeTypes: Readonly<Record<string, string>> = { String: 'S', Number: 'N', Binary: 'B' };

/** AWS::Serverless::SimpleTable: one hash key, on demand unless a throughput is given. */
export function transformSimpleTable(resource: ReadResource): CfnResource[] {
  const { logicalId, properties } = resource;
  const key = primaryKey(logicalId, properties.PrimaryKey);
  const table: Dict = {
    AttributeDefinitions: [key],
    KeySchema: [{ AttributeName: key.AttributeName, KeyType: 'HASH' }],
  };
  if (isPresent(properties.ProvisionedThroughput))
    table.ProvisionedThroughput = properties.ProvisionedThroughput;
  else table.BillingMode = 'PAY_PER_REQUEST';
  for (const name of ['PointInTimeRecoverySpecification', 'SSESpecification', 'TableName']) {
    if (isPresent(properties[name])) table[name] = properties[name];
  }
  if (isPresent(properties.Tags)) table.Tags = tagList(properties.Tags);
  return [new CfnResource(logicalId, 'AWS::DynamoDB::Table', table, resource)];
}

function primaryKey(logicalId: string, given: unknown): Dict {
  if (!isPresent(given)) return { AttributeName: 'id', AttributeType: 'S' };
  const { Name, Type } = asMap(given);
  for (const [name, value] of Object.entries({ Name, Type })) {
    if (value === undefined || value === null) {
      throw new InvalidResource(logicalId, `Property 'PrimaryKey.${name}' is required.`);
    }
  }
  const type = attributeTypes[text(Type)];
  if (!type) throw new InvalidResource(logicalId, `Invalid 'Type' "${text(Type)}".`);
  return { AttributeName: Name, AttributeType: type };
}
