/**
 * Resource policies of tables and streams: what DynamoDB accepts, and how it writes what it was given.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-considerations.html
 */
import { parseArn, partitionOf } from '../../../kernel/index.ts';
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a policy is for. */
export type PolicyKind = 'table' | 'stream';

const streamActions = new Set(['describestream', 'getrecords', 'getsharditerator']);
const policyActions = new Set(['getresourcepolicy', 'putresourcepolicy', 'deleteresourcepolicy']);

/** The document in AWS's form: fields in its order, no white space, lists of one as what they hold. @throws ValidationException */
export function checkedPolicy(text: string, kind: PolicyKind, region: string): string {
  if (Buffer.byteLength(text) > limits.resourcePolicyBytesMax) {
    throw new ValidationException(
      `One or more parameter values were invalid: Maximum policy size of ${limits.resourcePolicyBytesMax} bytes exceeded`,
    );
  }
  const document = parse(text);
  const given = document.Statement;
  const statements = Array.isArray(given) ? (given as unknown[]) : isObject(given) ? [given] : [];
  if (statements.length === 0) throw malformed('Could not parse the policy: Statement is empty!');
  const version = document.Version ?? '2008-10-17';
  if (version !== '2012-10-17' && version !== '2008-10-17') {
    throw malformed(`The policy must contain a valid version string: ${String(version)}`);
  }
  const sids = new Set<unknown>();
  const written = statements.map((statement) => {
    if (!isObject(statement)) throw syntaxError(text, statement);
    if (statement.Sid !== undefined && typeof statement.Sid !== 'string')
      throw syntaxError(text, statement.Sid);
    if (statement.Sid !== undefined && sids.has(statement.Sid)) {
      throw malformed('The Statement Ids in the policy are not unique');
    }
    sids.add(statement.Sid);
    return writeStatement(statement, kind, region, text);
  });
  return JSON.stringify({
    Version: version,
    ...(document.Id === undefined ? {} : { Id: document.Id }),
    Statement: written,
  });
}

function parse(text: string): Json {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Said below.
  }
  if (parsed === null) throw malformed('This text appears not to be a policy');
  if (!isObject(parsed)) throw malformed('This policy contains invalid Json');
  if (Object.keys(parsed).length === 0) throw malformed('Syntax error at position (1,3)');
  return parsed;
}

function writeStatement(statement: Json, kind: PolicyKind, region: string, text: string): Json {
  const field = (name: string) => {
    const found = [name, `Not${name}`].find((one) => statement[one] !== undefined);
    if (found === undefined) throw malformed(`Missing required field ${name}`);
    return found;
  };
  const effect = String(statement.Effect ?? '').toLowerCase();
  if (statement.Effect === undefined) throw malformed('Missing required field Effect');
  if (effect !== 'allow' && effect !== 'deny') throw syntaxError(text, statement.Effect);
  const [principal, action, resource] = [field('Principal'), field('Action'), field('Resource')];
  const actions = listOf(statement[action], text);
  const resources = listOf(statement[resource], text);
  checkCondition(statement.Condition, text);
  checkActions(actions, kind);
  checkResources(resources, actions, kind);
  const who = writePrincipal(statement[principal], region, text);
  const isEverybody = who === '*' || Object.values(who).some((one) => one === '*' || one.includes('*'));
  if (effect === 'allow' && isEverybody && principal === 'Principal' && statement.Condition === undefined) {
    throw new ValidationException(
      'Resource-based policy grants unbounded access in one or more elements. Please revise the policy to ensure least-privilege form of access',
    );
  }
  return {
    ...(statement.Sid === undefined ? {} : { Sid: statement.Sid }),
    Effect: effect === 'allow' ? 'Allow' : 'Deny',
    [principal]: who,
    [action]: oneOrMany(actions),
    [resource]: oneOrMany(resources),
    ...(statement.Condition === undefined ? {} : { Condition: statement.Condition }),
  };
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
const conditionOperator =
  /^(?:(?:ForAllValues|ForAnyValue):)?(?:Null|(?:String(?:Not)?(?:Equals(?:IgnoreCase)?|Like)|(?:Numeric|Date)(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like))(?:IfExists)?)$/;

function checkCondition(condition: unknown, text: string): void {
  if (condition === undefined) return;
  if (!isObject(condition)) throw syntaxError(text, condition);
  for (const [operator, keys] of Object.entries(condition)) {
    if (!conditionOperator.test(operator)) throw malformed(`Invalid Condition type : ${operator}`);
    if (!isObject(keys)) throw syntaxError(text, keys);
    for (const value of Object.values(keys).flat()) {
      if (!['string', 'number', 'boolean'].includes(typeof value)) throw syntaxError(text, value);
    }
  }
}

/** Table policies name actions of tables, stream policies those of streams. */
function checkActions(actions: readonly string[], kind: PolicyKind): void {
  const invalid = actions.filter((action) => {
    if (action === '*') return false;
    const [service, name = ''] = action.toLowerCase().split(':');
    if (service !== 'dynamodb' || name === '') return true;
    return kind === 'table' && streamActions.has(name);
  });
  if (invalid.length === 0) return;
  const names = invalid.map((action) => `"${action}"`).join(', ');
  throw malformed(`The following action names are invalid: ${names}`);
}

function checkResources(resources: readonly string[], actions: readonly string[], kind: PolicyKind): void {
  const isForeign = actions.some((action) => {
    const name = action.toLowerCase().slice('dynamodb:'.length);
    return !/[*?]/.test(action) && !streamActions.has(name) && !policyActions.has(name);
  });
  for (const text of resources) {
    const resource = parseArn(text)?.resource;
    if (resource === undefined) {
      if (text === '*') continue;
      throw malformed(`The resource "${text}" is not an ARN`);
    }
    const isStream = /^table\/[^/]+\/stream\//.test(resource);
    const isPattern = /[*?]/.test(resource);
    const fits = kind === 'table' ? !isStream : isStream ? !isForeign : isPattern;
    if (!fits) throw malformed(`The relative-id "${resource}" is invalid for ARN "${text}"`);
  }
}

type WrittenPrincipal = '*' | Readonly<Record<string, string | readonly string[]>>;

/** An account stands as its root, and nobody twice. */
function writePrincipal(given: unknown, region: string, text: string): WrittenPrincipal {
  if (given === '*') return '*';
  if (!isObject(given)) throw syntaxError(text, given);
  return Object.fromEntries(
    Object.entries(given).map(([type, value]) => {
      const names = listOf(value, text).map((name) =>
        type === 'AWS' && /^[0-9]{12}$/.test(name) ? `arn:${partitionOf(region)}:iam::${name}:root` : name,
      );
      for (const name of names) checkPrincipal(type, name);
      return [type, oneOrMany([...new Set(names)])];
    }),
  );
}

function checkPrincipal(type: string, name: string): void {
  const isKnown =
    type === 'AWS'
      ? name === '*' || /^arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:.+$/.test(name)
      : ['Service', 'Federated', 'CanonicalUser'].includes(type) && name !== '';
  if (isKnown) return;
  throw new ValidationException(
    'One or more parameter values were invalid: Invalid principal in policy document.',
  );
}

function listOf(value: unknown, text: string): string[] {
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  return list.map((one) => {
    if (typeof one !== 'string') throw syntaxError(text, one);
    return one;
  });
}

function oneOrMany(list: readonly string[]): string | readonly string[] {
  return list.length === 1 ? (list[0] as string) : list;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** AWS says where: line and column, from one. */
function syntaxError(text: string, value: unknown): Error {
  const at = Math.max(0, text.indexOf(JSON.stringify(value) ?? ''));
  const lines = text.slice(0, at).split('\n');
  return malformed(`Syntax error at position (${lines.length},${(lines.at(-1)?.length ?? 0) + 1})`);
}

function malformed(why: string): Error {
  return new ValidationException(
    `One or more parameter values were invalid: Invalid policy document: ${why}`,
  );
}
