/** Condition operators. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
import { isInNetwork } from './network.ts';
import { compilePattern, resolveVariables, type Variables } from './wildcard.ts';

/** Values of a request by condition key in lower case. */
export type RequestContext = (key: string) => readonly string[] | undefined;

export type Condition = (context: RequestContext, read: Variables) => boolean;

/** Whether a value of the request satisfies one value of the policy. */
type Comparison = (given: string, wanted: string, read: Variables) => boolean;

const patterns = new Map<string, ReturnType<typeof compilePattern>>();
const patternsMax = 5_000;

const comparisons: Readonly<Record<string, Comparison>> = {
  StringEquals: (given, wanted, read) => given === resolveVariables(wanted, read),
  StringEqualsIgnoreCase: (given, wanted, read) =>
    given.toLowerCase() === resolveVariables(wanted, read)?.toLowerCase(),
  StringLike: (given, wanted, read) => patternOf(wanted).matches(given, read),
  NumericEquals: numeric((a, b) => a === b),
  NumericLessThan: numeric((a, b) => a < b),
  NumericLessThanEquals: numeric((a, b) => a <= b),
  NumericGreaterThan: numeric((a, b) => a > b),
  NumericGreaterThanEquals: numeric((a, b) => a >= b),
  DateEquals: date((a, b) => a === b),
  DateLessThan: date((a, b) => a < b),
  DateLessThanEquals: date((a, b) => a <= b),
  DateGreaterThan: date((a, b) => a > b),
  DateGreaterThanEquals: date((a, b) => a >= b),
  Bool: (given, wanted) => given.toLowerCase() === wanted.toLowerCase(),
  BinaryEquals: (given, wanted) => given === wanted,
  IpAddress: (given, wanted) => isInNetwork(given, wanted),
  ArnLike: arnMatches,
  ArnEquals: arnMatches,
};

const negations: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
  NotIpAddress: 'IpAddress',
  ArnNotLike: 'ArnLike',
  ArnNotEquals: 'ArnEquals',
};

/** @throws Error that names the operator when there is none of that name. */
export function compileCondition(operator: string, key: string, wanted: readonly string[]): Condition {
  const [, quantifier, named = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  const name = key.toLowerCase();
  if (named === 'Null') {
    const isWantedAbsent = wanted.some((value) => value.toLowerCase() === 'true');
    return (context) => ((context(name)?.length ?? 0) === 0) === isWantedAbsent;
  }
  const positive = Object.hasOwn(negations, named) ? negations[named] : undefined;
  const isNegated = positive !== undefined;
  const base = positive ?? named;
  const compare = Object.hasOwn(comparisons, base) ? comparisons[base] : undefined;
  if (!compare) throw new Error(`Invalid condition operator: ${operator}`);
  return (context, read) => {
    const given = context(name);
    if (given === undefined || given.length === 0) {
      if (ifExists !== undefined || quantifier === 'ForAllValues') return true;
      return quantifier === 'ForAnyValue' ? false : isNegated;
    }
    // Several values of a policy are alternatives; of a negated operator, none may match.
    const holds = (value: string) => wanted.some((one) => compare(value, one, read)) !== isNegated;
    if (quantifier === 'ForAllValues') return given.every(holds);
    if (quantifier === 'ForAnyValue') return given.some(holds);
    return isNegated ? given.every(holds) : given.some(holds);
  };
}

function patternOf(text: string) {
  const known = patterns.get(text);
  if (known) return known;
  if (patterns.size >= patternsMax) patterns.clear();
  const pattern = compilePattern(text, { hasVariables: true });
  patterns.set(text, pattern);
  return pattern;
}

/** Each of the six parts is matched by itself: a wildcard doesn't reach over a colon, but in the last part. */
function arnMatches(given: string, wanted: string, read: Variables): boolean {
  const [a, b] = [arnParts(given), arnParts(wanted)];
  if (!a || !b) return wanted === '*';
  return b.every((part, i) => patternOf(part).matches(a[i] ?? '', read));
}

/** Splits at the first five colons, not at those inside a variable (`${aws:SourceAccount}`). */
function arnParts(arn: string): string[] | undefined {
  const parts: string[] = [];
  let start = 0;
  let isVariable = false;
  for (let i = 0; i < arn.length && parts.length < 5; i++) {
    if (arn[i] === '$' && arn[i + 1] === '{') isVariable = true;
    else if (arn[i] === '}') isVariable = false;
    else if (arn[i] === ':' && !isVariable) {
      parts.push(arn.slice(start, i));
      start = i + 1;
    }
  }
  if (parts.length < 5) return undefined;
  parts.push(arn.slice(start));
  return parts;
}

function numeric(compare: (a: number, b: number) => boolean): Comparison {
  return (given, wanted) => compare(Number(given), Number(wanted));
}

function date(compare: (a: number, b: number) => boolean): Comparison {
  return (given, wanted) => compare(timeOf(given), timeOf(wanted));
}

/** ISO 8601 or seconds since the epoch. */
function timeOf(text: string): number {
  return /^\d+(\.\d+)?$/.test(text) && text.length > 4 ? Number(text) * 1_000 : Date.parse(text);
}
