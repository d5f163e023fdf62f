/**
 * Patterns that say which records of an event source a function is given. Pure.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html, “Filter rule syntax”
 */

/** A compiled pattern. */
export type EventFilter = (event: unknown) => boolean;

type Leaf = (values: readonly unknown[]) => boolean;
type Fields = Readonly<Record<string, unknown>>;

/** Thrown for a pattern that AWS doesn't take; says what is wrong with it. */
export class InvalidPattern extends Error {}

/** @param text JSON. @throws InvalidPattern */
export function compileFilter(text: string): EventFilter {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    throw new InvalidPattern('a pattern is JSON');
  }
  if (!isFields(pattern)) throw new InvalidPattern('a pattern is an object');
  return compileFields(pattern);
}

function compileFields(pattern: Fields): EventFilter {
  const rules = Object.entries(pattern).map(([name, rule]) =>
    name === '$or' ? compileOr(rule) : compileField(name, rule),
  );
  return (event) => rules.every((rule) => rule(event));
}

/** “Or (multiple fields)”: an array of patterns, one of which matches. */
function compileOr(rule: unknown): EventFilter {
  if (!Array.isArray(rule) || rule.length < 2 || !rule.every(isFields)) {
    throw new InvalidPattern('$or takes an array of patterns');
  }
  const choices = rule.map(compileFields);
  return (event) => choices.some((choice) => choice(event));
}

function compileField(name: string, rule: unknown): EventFilter {
  const fieldOf = (event: unknown) => (isFields(event) ? event[name] : undefined);
  if (Array.isArray(rule)) {
    if (rule.length === 0) throw new InvalidPattern(`${name}: empty arrays match nothing`);
    const leaves = rule.map((condition) => compileCondition(name, condition));
    return (event) => {
      const values = leafValues(fieldOf(event));
      return leaves.some((leaf) => leaf(values));
    };
  }
  if (!isFields(rule)) throw new InvalidPattern(`${name}: the values to match stand in an array`);
  if (Object.keys(rule).length === 0) throw new InvalidPattern(`${name}: empty objects match nothing`);
  const inner = compileFields(rule);
  return (event) => {
    const value = fieldOf(event);
    return Array.isArray(value) ? value.some(inner) : inner(value);
  };
}

/** What is compared: a value, or each of an array's; objects are no values. */
function leafValues(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).filter((one) => !isFields(one));
}

function compileCondition(name: string, condition: unknown): Leaf {
  if (!isFields(condition)) {
    if (Array.isArray(condition)) throw new InvalidPattern(`${name}: arrays of arrays match nothing`);
    return (values) => values.includes(condition);
  }
  const [operator, ...more] = Object.keys(condition);
  if (operator === undefined || more.length > 0) throw new InvalidPattern(`${name}: one operator at a time`);
  const operand = condition[operator];
  if (operator === 'exists') {
    if (typeof operand !== 'boolean') throw new InvalidPattern(`${name}: exists takes true or false`);
    return (values) => values.length > 0 === operand;
  }
  if (operator === 'anything-but') return compileAnythingBut(name, operand);
  const test = compileTest(name, operator, operand);
  return (values) => values.some(test);
}

/** A value is there, and is none of these. */
function compileAnythingBut(name: string, operand: unknown): Leaf {
  const tests = (Array.isArray(operand) ? operand : [operand]).map((one) => {
    if (!isFields(one)) return (value: unknown) => value === one;
    const [operator = '', ...more] = Object.keys(one);
    if (more.length > 0) throw new InvalidPattern(`${name}: one operator at a time`);
    const several = one[operator];
    const inner = (Array.isArray(several) ? several : [several]).map((single) =>
      compileTest(name, operator, single),
    );
    return (value: unknown) => inner.some((test) => test(value));
  });
  if (tests.length === 0) throw new InvalidPattern(`${name}: anything-but takes values`);
  return (values) => values.length > 0 && values.every((value) => !tests.some((test) => test(value)));
}

function compileTest(name: string, operator: string, operand: unknown): (value: unknown) => boolean {
  if (operator === 'numeric') return compileNumeric(name, operand);
  if (isFields(operand) && (operator === 'prefix' || operator === 'suffix')) {
    const text = operand['equals-ignore-case'];
    if (typeof text !== 'string') throw new InvalidPattern(`${name}: ${operator} takes a string`);
    const [wanted, at] = [text.toLowerCase(), operator];
    return (value) =>
      typeof value === 'string' &&
      (at === 'prefix' ? value.toLowerCase().startsWith(wanted) : value.toLowerCase().endsWith(wanted));
  }
  if (typeof operand !== 'string') throw new InvalidPattern(`${name}: ${operator} takes a string`);
  switch (operator) {
    case 'prefix':
      return (value) => typeof value === 'string' && value.startsWith(operand);
    case 'suffix':
      return (value) => typeof value === 'string' && value.endsWith(operand);
    case 'equals-ignore-case':
      return (value) => typeof value === 'string' && value.toLowerCase() === operand.toLowerCase();
    default:
      throw new InvalidPattern(`${name}: unknown operator ${operator}`);
  }
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** `["=", 1]`, or a range `[">", 0, "<=", 5]`. JSON numbers only: DynamoDB's numbers are strings. */
function compileNumeric(name: string, operand: unknown): (value: unknown) => boolean {
  const parts: readonly unknown[] = Array.isArray(operand) ? operand : [];
  if (parts.length !== 2 && parts.length !== 4) throw new InvalidPattern(`${name}: numeric takes a range`);
  const tests: ((value: number) => boolean)[] = [];
  for (let at = 0; at < parts.length; at += 2) {
    const compare = comparisons[String(parts[at])];
    const bound = parts[at + 1];
    if (!compare || typeof bound !== 'number') throw new InvalidPattern(`${name}: numeric takes a range`);
    tests.push((value) => compare(value, bound));
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
