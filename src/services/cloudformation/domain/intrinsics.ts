import { cidrBlocks } from './cidr.ts';
import { noValue, type Scope, unknownYet } from './scope.ts';
import { isRecord, readAttribute } from './template/references.ts';
import { TemplateError } from './templateError.ts';

/**
 * Evaluates the functions in any part of a template.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
 * @returns plain data; `noValue` when the whole is `AWS::NoValue`; `unknownYet` within when the scope has such.
 * @throws TemplateError in CloudFormation's words.
 */
export function evaluate(node: unknown, scope: Scope): unknown {
  if (Array.isArray(node)) {
    return node.map((item) => evaluate(item, scope)).filter((item) => item !== noValue);
  }
  if (!isRecord(node)) return node;
  const entries = Object.entries(node);
  const only = entries.length === 1 ? entries[0] : undefined;
  if (only) {
    const [name, argument] = only;
    const run = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (run) return run(argument, scope);
    if (name.startsWith('Fn::')) throw new TemplateError(unsupportedFunction(name));
  }
  const evaluated: Record<string, unknown> = {};
  for (const [name, value] of entries) {
    const result = evaluate(value, scope);
    if (result !== noValue) evaluated[name] = result;
  }
  return evaluated;
}

/** Scalars become text wherever CloudFormation wants one: `true`, `80`. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The functions a condition may use, which answer true or false. */
export function evaluateCondition(node: unknown, scope: Scope): boolean {
  const value = evaluate(node, scope);
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new TemplateError(
    'Template format error: Conditions can only be boolean operations on parameters and other conditions',
  );
}

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

const functions: Readonly<Record<string, Intrinsic>> = {
  Ref: ref,
  Condition: (argument, scope) =>
    typeof argument === 'string' ? scope.condition(argument) : plain('Condition', argument, scope),
  'Fn::And': (argument, scope) => booleans('Fn::And', argument, scope).every(Boolean),
  'Fn::Base64': base64,
  'Fn::Cidr': cidr,
  'Fn::Contains': contains,
  'Fn::EachMemberEquals': (argument, scope) =>
    members('Fn::EachMemberEquals', argument, scope).every(([list, value]) =>
      list.every((item) => item === value[0]),
    ),
  'Fn::EachMemberIn': (argument, scope) =>
    members('Fn::EachMemberIn', argument, scope).every(([list, values]) =>
      list.every((item) => values.includes(item)),
    ),
  'Fn::Equals': equals,
  'Fn::FindInMap': findInMap,
  'Fn::GetAZs': getAZs,
  'Fn::GetAtt': getAtt,
  'Fn::If': ifThenElse,
  'Fn::ImportValue': importValue,
  'Fn::Join': join,
  'Fn::Length': length,
  'Fn::Not': not,
  'Fn::Or': (argument, scope) => booleans('Fn::Or', argument, scope).some(Boolean),
  'Fn::Select': select,
  'Fn::Split': split,
  'Fn::Sub': sub,
  'Fn::ToJsonString': toJsonString,
};

/** A single-key object whose key only looks like a function: an IAM statement's `Condition`. */
function plain(name: string, argument: unknown, scope: Scope): unknown {
  const value = evaluate(argument, scope);
  return value === noValue ? {} : { [name]: value };
}

function ref(argument: unknown, scope: Scope): unknown {
  if (typeof argument !== 'string') {
    throw new TemplateError('Template error: every Ref object must have a single String value.');
  }
  const value = scope.ref(argument);
  if (value === undefined) throw unresolved(argument);
  return value;
}

function getAtt(argument: unknown, scope: Scope): unknown {
  const { resource } = readAttribute(argument);
  let { attribute } = readAttribute(argument);
  if (Array.isArray(argument) && argument.length === 2 && attribute === undefined) {
    // The attribute's name, not the resource's, may be computed.
    attribute = textOf(evaluate(argument[1], scope));
  }
  if (!resource || !attribute) {
    throw new TemplateError(
      'Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute',
    );
  }
  return scope.attribute(resource, attribute);
}

function join(argument: unknown, scope: Scope): unknown {
  const wrong = new TemplateError(
    'Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.',
  );
  if (!Array.isArray(argument) || argument.length !== 2 || typeof argument[0] !== 'string') throw wrong;
  const list = evaluate(argument[1], scope);
  if (list === unknownYet) return unknownYet;
  if (!Array.isArray(list)) throw wrong;
  if (list.includes(unknownYet)) return unknownYet;
  return list.map((item) => required(textOf(item), wrong)).join(argument[0]);
}

function split(argument: unknown, scope: Scope): unknown {
  const wrong = new TemplateError(
    'Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.',
  );
  if (!Array.isArray(argument) || argument.length !== 2) throw wrong;
  const [delimiter] = argument;
  if (typeof delimiter !== 'string' || delimiter === '') throw wrong;
  const text = evaluate(argument[1], scope);
  return text === unknownYet ? unknownYet : required(textOf(text), wrong).split(delimiter);
}

function select(argument: unknown, scope: Scope): unknown {
  const wrong = new TemplateError(
    'Template error: Fn::Select requires a list argument with two elements: an integer index and a list',
  );
  if (!Array.isArray(argument) || argument.length !== 2) throw wrong;
  const index = evaluate(argument[0], scope);
  const list = evaluate(argument[1], scope);
  if (index === unknownYet || list === unknownYet) return unknownYet;
  if (!/^\d+$/.test(textOf(index) ?? '') || !Array.isArray(list)) throw wrong;
  const value = list[Number(index)];
  if (value === undefined) {
    throw new TemplateError(`Template error: Fn::Select cannot select nonexistent value at index ${index}`);
  }
  return value;
}

function sub(argument: unknown, scope: Scope): unknown {
  const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
  const countFits = !Array.isArray(argument) || argument.length === 2;
  if (typeof text !== 'string' || !isRecord(variables) || !countFits) {
    throw new TemplateError(
      "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
    );
  }
  let hasUnknown = false;
  const replaced = text.replace(/\$\{(!?)([^}]*)\}/g, (_whole, literal: string, written: string) => {
    if (literal) return `\${${written}}`;
    const name = written.trim();
    const value = subVariable(name, variables, scope);
    if (value === unknownYet) hasUnknown = true;
    const asText = Array.isArray(value) ? value.map(textOf).join(',') : textOf(value);
    return value === unknownYet ? '' : required(asText, notAString(name));
  });
  return hasUnknown ? unknownYet : replaced;
}

function subVariable(name: string, variables: Record<string, unknown>, scope: Scope): unknown {
  if (Object.hasOwn(variables, name)) return evaluate(variables[name], scope);
  if (!/^[A-Za-z0-9_.:]+$/.test(name)) {
    throw new TemplateError(
      'Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons',
    );
  }
  const dot = name.indexOf('.');
  if (dot > 0) return scope.attribute(name.slice(0, dot), name.slice(dot + 1));
  const value = scope.ref(name);
  if (value === undefined) throw unresolved(name);
  return value;
}

function notAString(name: string): TemplateError {
  return new TemplateError(
    `Template error: variable ${name} in Fn::Sub expression does not resolve to a string`,
  );
}

function findInMap(argument: unknown, scope: Scope): unknown {
  const counts = scope.languageExtensions ? [3, 4] : [3];
  if (!Array.isArray(argument) || !counts.includes(argument.length)) {
    throw new TemplateError(
      'Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value',
    );
  }
  const [map, top, second] = argument.slice(0, 3).map((part) => textOf(evaluate(part, scope)) ?? '');
  const fallback =
    isRecord(argument[3]) && Object.hasOwn(argument[3], 'DefaultValue') ? argument[3] : undefined;
  const mapping = member(scope.mappings, map);
  const value = member(member(mapping, top), second);
  if (value !== undefined) return value;
  if (fallback) return evaluate(fallback.DefaultValue, scope);
  if (mapping === undefined) {
    throw new TemplateError(
      `Template error: Mapping named '${map}' is not present in the 'Mappings' section of template.`,
    );
  }
  throw new TemplateError(`Template error: Unable to get mapping for ${map}::${top}::${second}`);
}

function member(object: unknown, name: string | undefined): unknown {
  return isRecord(object) && name !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}

function base64(argument: unknown, scope: Scope): unknown {
  const value = evaluate(argument, scope);
  if (value === unknownYet) return unknownYet;
  const text = required(
    textOf(value),
    new TemplateError('Template error: every Fn::Base64 object must have a String-typed value.'),
  );
  return Buffer.from(text, 'utf8').toString('base64');
}

function cidr(argument: unknown, scope: Scope): unknown {
  const evaluated = evaluate(argument, scope);
  if (evaluated === unknownYet) return unknownYet;
  const list = Array.isArray(evaluated) ? evaluated : [];
  if (list.includes(unknownYet)) return unknownYet;
  const [block, count, bits] = list.map(textOf);
  if (list.length < 2 || list.length > 3 || block === undefined) {
    throw new TemplateError(
      'Template error: every Fn::Cidr object requires two or three parameters: (1) a CIDR block, (2) the number of CIDRs and optionally (3) the number of subnet bits',
    );
  }
  return cidrBlocks(block, Number(count), bits === undefined ? undefined : Number(bits));
}

/** Three zones a region, as the default subnets of a new account stand in. */
function getAZs(argument: unknown, scope: Scope): unknown {
  const region = evaluate(argument, scope);
  const name = region === '' || region === noValue ? scope.region : textOf(region);
  if (!name) throw new TemplateError('Template error: Fn::GetAZs requires a region name or an empty string');
  return ['a', 'b', 'c'].map((zone) => name + zone);
}

function importValue(argument: unknown, scope: Scope): unknown {
  const name = evaluate(argument, scope);
  if (name === unknownYet) return unknownYet;
  return scope.importValue(
    required(
      textOf(name),
      new TemplateError('Template error: the attribute in Fn::ImportValue must evaluate to a string'),
    ),
  );
}

function ifThenElse(argument: unknown, scope: Scope): unknown {
  if (!Array.isArray(argument) || argument.length !== 3 || typeof argument[0] !== 'string') {
    throw new TemplateError('Template error: Fn::If requires a list argument with three elements');
  }
  return evaluate(scope.condition(argument[0]) ? argument[1] : argument[2], scope);
}

function equals(argument: unknown, scope: Scope): boolean {
  if (!Array.isArray(argument) || argument.length !== 2) {
    throw new TemplateError(
      'Template error: every Fn::Equals object requires a list of 2 string parameters.',
    );
  }
  const [left, right] = argument.map((side) => JSON.stringify(asTexts(evaluate(side, scope))));
  return left === right;
}

/** Functions of rules: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html */
function contains(argument: unknown, scope: Scope): boolean {
  return members('Fn::Contains', argument, scope).every(([list, [value]]) => list.includes(value ?? ''));
}

/** Both arguments of a rule's function as lists of texts. */
function members(name: string, argument: unknown, scope: Scope): [string[], string[]][] {
  if (!Array.isArray(argument) || argument.length !== 2) {
    throw new TemplateError(`Template error: every ${name} object requires two parameters`);
  }
  const [left = [], right = []] = argument.map((side) => {
    const value = evaluate(side, scope);
    return (Array.isArray(value) ? value : [value]).map((item) => textOf(item) ?? '');
  });
  return [[left, right]];
}

/** `true` of YAML equals `"true"` of a parameter: CloudFormation compares texts. */
function asTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asTexts);
  if (isRecord(value)) {
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, inner]) => [name, asTexts(inner)]),
    );
  }
  return textOf(value) ?? null;
}

function not(argument: unknown, scope: Scope): boolean {
  if (!Array.isArray(argument) || argument.length !== 1) {
    throw new TemplateError('Template error: every Fn::Not object requires one boolean parameter.');
  }
  return !evaluateCondition(argument[0], scope);
}

function booleans(name: string, argument: unknown, scope: Scope): boolean[] {
  if (!Array.isArray(argument) || argument.length < 2 || argument.length > 10) {
    throw new TemplateError(
      `Template error: every ${name} object requires a list of at least 2 and at most 10 boolean parameters.`,
    );
  }
  return argument.map((item) => evaluateCondition(item, scope));
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-length.html */
function length(argument: unknown, scope: Scope): unknown {
  if (!scope.languageExtensions) throw new TemplateError(unsupportedFunction('Fn::Length'));
  const list = evaluate(argument, scope);
  if (list === unknownYet) return unknownYet;
  if (!Array.isArray(list)) throw new TemplateError('Template error: Fn::Length requires a list argument');
  return list.length;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-ToJsonString.html */
function toJsonString(argument: unknown, scope: Scope): unknown {
  if (!scope.languageExtensions) throw new TemplateError(unsupportedFunction('Fn::ToJsonString'));
  const value = evaluate(argument, scope);
  if (hasUnknown(value)) return unknownYet;
  if (typeof value !== 'object' || value === null) {
    throw new TemplateError('Template error: Fn::ToJsonString requires an object or an array');
  }
  return JSON.stringify(value);
}

/** True when any part of `value` isn't known before its resource exists. */
export function hasUnknown(value: unknown): boolean {
  if (value === unknownYet) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isRecord(value) && Object.values(value).some(hasUnknown);
}

function unresolved(name: string): TemplateError {
  return new TemplateError(
    `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template`,
  );
}

function required<T>(value: T | undefined, error: TemplateError): T {
  if (value === undefined) throw error;
  return value;
}

function unsupportedFunction(name: string): string {
  const known = Object.keys(functions).join(', ');
  return `Template error: Encountered unsupported function: ${name} Supported functions are: [${known}]`;
}
