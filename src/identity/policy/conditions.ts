/** Condition operators. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
import { isInNetwork, readNetwork } from './network.ts';
import { compilePattern, compileText, type Variables } from './wildcard.ts';

/** Values of a request by condition key in lower case. */
export type RequestContext = (key: string) => readonly string[] | undefined;

export type Condition = (context: RequestContext, read: Variables) => boolean;

/** Whether a value of the request satisfies one value of the policy. */
type Comparison = (given: string, read: Variables) => boolean;

/** Reads one value of the policy. Variables have values in string, ARN and Boolean operators only. */
type Operator = (wanted: string, hasVariables: boolean) => Comparison;

const operators: Readonly<Record<string, Operator>> = {
  StringEquals: (wanted, hasVariables) => {
    const text = compileText(wanted, hasVariables);
    return (given, read) => given === text(read);
  },
  StringEqualsIgnoreCase: (wanted, hasVariables) => {
    const text = compileText(wanted, hasVariables);
    return (given, read) => given.toLowerCase() === text(read)?.toLowerCase();
  },
  StringLike: (wanted, hasVariables) => {
    const pattern = compilePattern(wanted, { hasVariables });
    return (given, read) => pattern.matches(given, read);
  },
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
  Bool: (wanted, hasVariables) => {
    const value = compileText(wanted, hasVariables);
    return (given, read) => given.toLowerCase() === value(read)?.toLowerCase();
  },
  BinaryEquals: (wanted) => (given) => given === wanted,
  IpAddress: (wanted) => {
    const network = readNetwork(wanted);
    return (given) => network !== undefined && isInNetwork(given, network);
  },
  ArnLike: arn,
  ArnEquals: arn,
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

/**
 * @param wanted alternatives; of a negated operator, none may match.
 * @param hasVariables false for policies before version 2012-10-17.
 * @throws Error that names the operator when there is none of that name.
 */
export function compileCondition(
  operator: string,
  key: string,
  wanted: readonly string[],
  hasVariables = true,
): Condition {
  const [, quantifier, named = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  const name = key.toLowerCase();
  if (named === 'Null' && ifExists === undefined) {
    const isAbsentWanted = new Set(wanted.map((value) => value.toLowerCase()));
    return (context) => isAbsentWanted.has(String((context(name)?.length ?? 0) === 0));
  }
  const positive = Object.hasOwn(negations, named) ? negations[named] : undefined;
  const isNegated = positive !== undefined;
  const base = positive ?? named;
  const compile = Object.hasOwn(operators, base) ? operators[base] : undefined;
  if (!compile) throw new Error(`Invalid condition operator: ${operator}`);
  const comparisons = wanted.map((value) => compile(value, hasVariables));
  const isForEvery = quantifier === 'ForAllValues' || (quantifier === undefined && isNegated);
  const isOfSet = quantifier !== undefined;
  // `ForAnyValue` wants a value, even with `IfExists`, which AWS applies to each value and not to the key.
  const isTrueWhenAbsent = isForEvery || (ifExists !== undefined && quantifier === undefined);
  return (context, read) => {
    const given = context(name);
    if (given === undefined || given.length === 0 || (isOfSet && isNothing(given))) return isTrueWhenAbsent;
    for (const value of given) {
      const holds = comparisons.some((compare) => compare(value, read)) !== isNegated;
      if (holds !== isForEvery) return holds;
    }
    return isForEvery;
  };
}

/**
 * To set operators a key that holds but an empty text has no value.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
function isNothing(given: readonly string[]): boolean {
  return given.length === 1 && given[0] === '';
}

/** Each of the six parts is matched by itself: a wildcard doesn't reach over a colon, but in the last part. */
function arn(wanted: string, hasVariables: boolean): Comparison {
  const parts = arnParts(wanted)?.map((part) => compilePattern(part, { hasVariables }));
  if (!parts) return () => wanted === '*';
  return (given, read) => {
    const givenParts = arnParts(given);
    return givenParts?.every((part, i) => parts[i]?.matches(part, read)) ?? false;
  };
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

function numeric(compare: (a: number, b: number) => boolean): Operator {
  return (wanted) => {
    const limit = numberOf(wanted);
    return (given) => compare(numberOf(given), limit);
  };
}

/** NaN, which compares with nothing, for what is no decimal number; JavaScript would read '' as 0 and '0x1' as 1. */
function numberOf(text: string): number {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
}

function date(compare: (a: number, b: number) => boolean): Operator {
  return (wanted) => {
    const limit = timeOf(wanted);
    return (given) => compare(timeOf(given), limit);
  };
}

const w3cDate = /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/;

/** W3C's forms of ISO 8601, or seconds since the epoch; without a zone it is UTC's time, not the machine's. NaN for others. */
function timeOf(text: string): number {
  if (/^\d{5,}(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const [form, , , time, , , zone] = w3cDate.exec(text) ?? [];
  if (form === undefined) return Number.NaN;
  return Date.parse(time !== undefined && zone === undefined ? `${text}Z` : text);
}
