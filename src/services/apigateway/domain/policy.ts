/**
 * `execute-api:Invoke` against a policy document: resource policies of APIs and what authorizers return.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-policy-language-overview.html
 */
export type Decision = 'allow' | 'deny' | 'none';

export interface PolicyQuestion {
  /** `arn:aws:execute-api:region:account:api/stage/METHOD/path`. */
  resource: string;
  /** Condition key in lower case → values. */
  keys: Readonly<Record<string, string | undefined>>;
  /** ARN of who asks, or undefined for nobody; only resource policies name principals. */
  principal?: { arn: string; account: string } | undefined;
}

/** @returns `deny` when a statement denies, `allow` when one allows, `none` when nothing matches. */
export function decide(document: unknown, question: PolicyQuestion): Decision {
  let decision: Decision = 'none';
  for (const statement of arrayOf(member(document, 'Statement'))) {
    if (!applies(statement, question)) continue;
    if (member(statement, 'Effect') === 'Deny') return 'deny';
    if (member(statement, 'Effect') === 'Allow') decision = 'allow';
  }
  return decision;
}

function applies(statement: unknown, question: PolicyQuestion): boolean {
  const actions = textsOf(member(statement, 'Action'));
  const notActions = textsOf(member(statement, 'NotAction'));
  const invokes = (action: string) => matches(action.toLowerCase(), 'execute-api:invoke');
  if (actions.length > 0 ? !actions.some(invokes) : notActions.length === 0 || notActions.some(invokes)) {
    return false;
  }
  const resources = textsOf(member(statement, 'Resource')).map((text) => expand(text, question));
  const notResources = textsOf(member(statement, 'NotResource')).map((text) => expand(text, question));
  const names = (pattern: string) => matches(pattern, question.resource);
  if (resources.length > 0 ? !resources.some(names) : notResources.length > 0 && notResources.some(names)) {
    return false;
  }
  const principal = member(statement, 'Principal');
  if (principal !== undefined && !isPrincipal(principal, question)) return false;
  const notPrincipal = member(statement, 'NotPrincipal');
  if (notPrincipal !== undefined && isPrincipal(notPrincipal, question)) return false;
  return conditionsHold(member(statement, 'Condition'), question);
}

/** `execute-api:/stage/METHOD/path` is short for this API's ARN. */
function expand(pattern: string, question: PolicyQuestion): string {
  if (!pattern.startsWith('execute-api:/')) return pattern;
  const api = question.resource.slice(0, question.resource.indexOf('/'));
  return `${api}/${pattern.slice('execute-api:/'.length)}`;
}

function isPrincipal(principal: unknown, { principal: who }: PolicyQuestion): boolean {
  const listed = typeof principal === 'string' ? [principal] : textsOf(member(principal, 'AWS'));
  return listed.some(
    (entry) =>
      entry === '*' ||
      (who !== undefined &&
        (entry === who.arn || entry === who.account || entry === `arn:aws:iam::${who.account}:root`)),
  );
}

function conditionsHold(conditions: unknown, question: PolicyQuestion): boolean {
  for (const [operator, tests] of Object.entries(objectOf(conditions))) {
    for (const [key, wanted] of Object.entries(objectOf(tests))) {
      if (!conditionHolds(operator, question.keys[key.toLowerCase()], textsOf(wanted))) return false;
    }
  }
  return true;
}

function conditionHolds(operator: string, actual: string | undefined, wanted: string[]): boolean {
  if (operator === 'Null') return (actual === undefined) === (wanted[0] === 'true');
  const optional = operator.endsWith('IfExists');
  const name = optional ? operator.slice(0, -8) : operator;
  const test = conditionTests[name];
  // An operator we don't know can't be said to hold.
  if (!test) return false;
  const negative = name.includes('Not');
  if (actual === undefined) return optional || negative;
  const any = wanted.some((value) => test(actual, value));
  return negative ? !any : any;
}

const conditionTests: Record<string, (actual: string, wanted: string) => boolean> = {
  StringEquals: (actual, wanted) => actual === wanted,
  StringNotEquals: (actual, wanted) => actual === wanted,
  StringEqualsIgnoreCase: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  StringNotEqualsIgnoreCase: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  StringLike: (actual, wanted) => matches(wanted, actual),
  StringNotLike: (actual, wanted) => matches(wanted, actual),
  ArnEquals: (actual, wanted) => matches(wanted, actual),
  ArnLike: (actual, wanted) => matches(wanted, actual),
  ArnNotEquals: (actual, wanted) => matches(wanted, actual),
  ArnNotLike: (actual, wanted) => matches(wanted, actual),
  IpAddress: inRange,
  NotIpAddress: inRange,
  Bool: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
};

/** @param range `203.0.113.0/24`, `2001:db8::/32` or one address. */
function inRange(address: string, range: string): boolean {
  const [network = '', bits] = range.split('/');
  const from = addressOf(network);
  const tested = addressOf(address);
  if (!from || !tested || from.bits !== tested.bits) return false;
  const kept = BigInt(from.bits) - (bits === undefined ? BigInt(from.bits) : BigInt(bits));
  return from.value >> kept === tested.value >> kept;
}

function addressOf(text: string): { value: bigint; bits: 32 | 128 } | undefined {
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (four) {
    return { bits: 32, value: four.slice(1).reduce((value, part) => (value << 8n) | BigInt(part), 0n) };
  }
  if (!/^[0-9a-f:]+$/i.test(text) || !text.includes(':')) return undefined;
  const [head = '', tail] = text.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array<string>(Math.max(0, gap)).fill('0'), ...back];
  if (groups.length !== 8) return undefined;
  return { bits: 128, value: groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n) };
}

const patterns = new Map<string, RegExp>();
const patternsMax = 1000;

/** `*` for any text, `?` for one character. */
function matches(pattern: string, text: string): boolean {
  if (pattern === '*' || pattern === text) return true;
  if (!pattern.includes('*') && !pattern.includes('?')) return false;
  let compiled = patterns.get(pattern);
  if (!compiled) {
    const source = pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    compiled = new RegExp(`^${source}$`, 's');
    if (patterns.size >= patternsMax) patterns.clear();
    patterns.set(pattern, compiled);
  }
  return compiled.test(text);
}

function member(value: unknown, name: string): unknown {
  return objectOf(value)[name];
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function arrayOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

function textsOf(value: unknown): string[] {
  return arrayOf(value).map(String);
}
