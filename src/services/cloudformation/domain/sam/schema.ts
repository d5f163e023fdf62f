import { InvalidResource } from './errors.ts';
import { entriesOf } from './python/py27.ts';
import { CfnResource, supportedAttributes } from './resource.ts';
import { type Dict, isMap, isText } from './values.ts';

/** What SAM checks of a property before it looks closer. */
export interface PropertyRule {
  readonly required: boolean;
  readonly accepts: Check;
  /** Whether any map of one key passes unchecked, because it may be an intrinsic function. */
  readonly intrinsics: boolean;
}

export interface Check {
  (value: unknown): boolean;
  /** How the error calls the type; without it the error only says that the type is invalid. */
  expected?: string;
}

export type Schema = Readonly<Record<string, PropertyRule>>;

const check = (accepts: (value: unknown) => boolean, expected?: string): Check =>
  Object.assign((value: unknown) => accepts(value), expected === undefined ? {} : { expected });

export const map = check(isMap, 'a map');
export const string = check(isText, 'a string');
export const boolean = check((value) => typeof value === 'boolean');
export const list = check(Array.isArray);
/** Python counts booleans among integers, and so does SAM. */
export const integer = check((value) => Number.isInteger(value) || typeof value === 'boolean');
export const anything = check(() => true);
export const oneOf = (...checks: Check[]): Check =>
  check((value) => checks.some((accepts) => accepts(value)));
export const listOf = (item: Check): Check =>
  check((value) => Array.isArray(value) && value.every((entry) => item(entry)));
export const mapOf = (item: Check): Check =>
  check((value) => isMap(value) && Object.values(value).every((entry) => item(entry)));
export const enumOf = (first: string, second: string): Check =>
  check((value) => value === first || value === second, `a one of the strings: '${first}' or '${second}'`);
export const stringOrMap = oneOf(string, map);

export const optional = (accepts: Check): PropertyRule => ({ required: false, accepts, intrinsics: true });
export const required = (accepts: Check): PropertyRule => ({ required: true, accepts, intrinsics: true });
/** A property whose value SAM must know: an intrinsic function has no special right. */
export const literal = (accepts: Check, isRequired = false): PropertyRule => ({
  required: isRequired,
  accepts,
  intrinsics: false,
});
export const passThrough: PropertyRule = { required: false, accepts: anything, intrinsics: false };
export const requiredPassThrough: PropertyRule = { required: true, accepts: anything, intrinsics: false };

/** A resource (or an event) of the template, read and checked against its schema. */
export interface ReadResource {
  readonly logicalId: string;
  readonly type: string;
  /** The values themselves, not copies; null counts as absent. */
  readonly properties: Dict;
  readonly dependsOn: unknown;
  readonly attributes: Dict;
}

/** Checks names first, then types in the schema's order, and stops at the first that is wrong. */
export function readResource(logicalId: string, type: string, source: Dict, schema: Schema): ReadResource {
  CfnResource.assertLogicalId(logicalId);
  if ('Properties' in source && !isMap(source.Properties)) {
    throw new InvalidResource(logicalId, 'Properties of a resource must be an object.');
  }
  const given = isMap(source.Properties) ? source.Properties : {};
  const properties: Dict = {};
  for (const [name, value] of entriesOf(given)) {
    if (!(name in schema)) {
      throw new InvalidResource(logicalId, `property ${name} not defined for resource of type ${type}`);
    }
    if (value !== null && value !== undefined) properties[name] = value;
  }
  checkProperties(logicalId, properties, schema);
  const attributes: Dict = {};
  for (const name of supportedAttributes) if (name in source) attributes[name] = source[name];
  return { logicalId, type, properties, dependsOn: source.DependsOn, attributes };
}

function checkProperties(logicalId: string, properties: Dict, schema: Schema): void {
  for (const [name, rule] of Object.entries(schema)) {
    const value = properties[name];
    if (rule.intrinsics && isMap(value) && Object.keys(value).length === 1) continue;
    if (value === undefined) {
      if (rule.required) throw new InvalidResource(logicalId, `Missing required property '${name}'.`);
    } else if (!rule.accepts(value)) {
      const expected = rule.accepts.expected;
      throw new InvalidResource(
        logicalId,
        expected ? `Property '${name}' should be ${expected}.` : `Type of property '${name}' is invalid.`,
      );
    }
  }
}
