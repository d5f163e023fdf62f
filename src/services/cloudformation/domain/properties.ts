import type { PropertyRule, ResourceType } from '../../../platform/index.ts';
import { textOf } from './intrinsics.ts';
import { unknownYet } from './scope.ts';
import { isRecord } from './template/references.ts';
import type { Path } from './template/sourceMap.ts';
import { TemplateError } from './templateError.ts';

/** Something in a template that this cloud can't honour. */
export interface Unsupported {
  readonly path: Path;
  readonly problem: string;
}

type Rules = Readonly<Record<string, PropertyRule>>;

/**
 * Finds every property that no rule of the type names, and every required one that is absent, before anything is
 * created. Functions are looked through where they only choose (`Fn::If`); other functions are a value.
 */
export function unsupportedProperties(type: ResourceType, properties: unknown, path: Path): Unsupported[] {
  const found = checkObject(properties, type.properties, path, `${type.name} `, '');
  if (!type.additionalProperties) return found;
  return found.filter(({ problem }) => !problem.endsWith('is not supported'));
}

function checkObject(value: unknown, rules: Rules, path: Path, owner: string, prefix: string): Unsupported[] {
  if (!isRecord(value)) return [];
  const chosen = branches(value, path);
  if (chosen) return chosen.flatMap(([branch, at]) => checkObject(branch, rules, at, owner, prefix));
  if (isFunction(value)) return [];
  const found: Unsupported[] = [];
  for (const [name, inner] of Object.entries(value)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    const at = [...path, name];
    if (!rule) found.push({ path: at, problem: `${owner}property ${prefix}${name} is not supported` });
    else if (rule.members) found.push(...checkMembers(inner, rule.members, at, owner, `${prefix}${name}.`));
  }
  for (const [name, rule] of Object.entries(rules)) {
    if (rule.required && !Object.hasOwn(value, name)) {
      found.push({ path, problem: `${owner}property ${prefix}${name} is required` });
    }
  }
  return found;
}

function checkMembers(
  value: unknown,
  rules: Rules,
  path: Path,
  owner: string,
  prefix: string,
): Unsupported[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => checkMembers(item, rules, [...path, index], owner, prefix));
  }
  const chosen = isRecord(value) ? branches(value, path) : undefined;
  if (chosen) return chosen.flatMap(([branch, at]) => checkMembers(branch, rules, at, owner, prefix));
  return checkObject(value, rules, path, owner, prefix);
}

/** Both branches of an `Fn::If`, with their paths. */
function branches(value: Record<string, unknown>, path: Path): [unknown, Path][] | undefined {
  const argument = value['Fn::If'];
  if (!Array.isArray(argument) || Object.keys(value).length !== 1) return undefined;
  return [1, 2].map((index) => [argument[index], [...path, 'Fn::If', index]]);
}

function isFunction(value: Record<string, unknown>): boolean {
  const names = Object.keys(value);
  return names.length === 1 && (names[0] === 'Ref' || names[0]?.startsWith('Fn::') === true);
}

/**
 * Gives evaluated properties the types their rules ask for: parameters are texts, so `"5"` and `"true"` arrive where
 * a number and a boolean are meant. @throws TemplateError when a value can't be read as its type.
 */
export function typedProperties(
  logicalId: string,
  properties: Readonly<Record<string, unknown>>,
  type: Pick<ResourceType, 'properties' | 'additionalProperties'>,
): Record<string, unknown> {
  const problems: string[] = [];
  const { properties: rules, additionalProperties } = type;
  const others = additionalProperties
    ? Object.fromEntries(Object.entries(properties).filter(([name]) => !Object.hasOwn(rules, name)))
    : {};
  const ruled = Object.fromEntries(
    Object.entries(properties).filter(([name]) => !Object.hasOwn(others, name)),
  );
  const typed = { ...typedObject(ruled, rules, '#', problems), ...others };
  if (problems.length > 0) {
    throw new TemplateError(
      `Properties validation failed for resource ${logicalId} with message:\n${problems.join('\n')}`,
    );
  }
  return typed;
}

function typedObject(
  value: Readonly<Record<string, unknown>>,
  rules: Rules,
  path: string,
  problems: string[],
): Record<string, unknown> {
  const typed: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule) typed[name] = typedValue(inner, rule, `${path}/${name}`, problems);
    else problems.push(`${path}: extraneous key [${name}] is not permitted`);
  }
  for (const [name, rule] of Object.entries(rules)) {
    if (rule.required && !Object.hasOwn(value, name))
      problems.push(`${path}: required key [${name}] not found`);
  }
  return typed;
}

function typedValue(value: unknown, rule: PropertyRule, path: string, problems: string[]): unknown {
  // Only a plan sees it: the value comes when the resource it comes from is there.
  if (value === unknownYet) return value;
  const { members } = rule;
  const wrong = (expected: string) => {
    problems.push(`${path}: expected type: ${expected}, found: ${kindOf(value)}`);
    return value;
  };
  switch (rule.type) {
    case 'string':
      return textOf(value) ?? wrong('String');
    case 'number': {
      const number =
        typeof value === 'number'
          ? value
          : Number(typeof value === 'string' && value.trim() ? value : Number.NaN);
      return Number.isFinite(number) ? number : wrong('Number');
    }
    case 'boolean':
      if (value === true || value === 'true') return true;
      return value === false || value === 'false' ? false : wrong('Boolean');
    case 'array':
      if (!Array.isArray(value)) return wrong('JSONArray');
      if (!members) return value;
      return value.map((item, index) =>
        isRecord(item) ? typedObject(item, members, `${path}/${index}`, problems) : item,
      );
    case 'object':
      if (!isRecord(value)) return wrong('JSONObject');
      return members ? typedObject(value, members, path, problems) : value;
    default:
      if (members && isRecord(value)) return typedObject(value, members, path, problems);
      return value;
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'JSONArray';
  if (isRecord(value)) return 'JSONObject';
  if (typeof value === 'number') return 'Number';
  return typeof value === 'boolean' ? 'Boolean' : 'String';
}
