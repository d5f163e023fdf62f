/** What a WHERE clause says of the key: of one item, for statements that work on one. */
import { type AttributeValue, type Item, typeOf } from '../domain/attributeValues.ts';
import { checkKey } from '../domain/keys.ts';
import { type KeyAttribute, keyAttributes, type Table } from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import type { Expression } from './ast.ts';
import { isValue, readValue } from './values.ts';

/** The terms that must all hold. */
export function conjuncts(where: Expression): readonly Expression[] {
  return where.kind === 'and' ? where.terms.flatMap(conjuncts) : [where];
}

export interface AttributeTest {
  name: string;
  operator: '=' | '<' | '<=' | '>' | '>=' | 'between' | 'in' | 'begins_with';
  operands: readonly Expression[];
}

const mirrored = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/** A test of one top-level attribute against values, or undefined when the expression is none. */
export function attributeTest(expression: Expression): AttributeTest | undefined {
  switch (expression.kind) {
    case 'compare': {
      const { comparator, left, right } = expression;
      if (comparator === '<>') return undefined;
      return test(left, comparator, [right]) ?? test(right, mirrored[comparator], [left]);
    }
    case 'between':
      if (expression.negated) return undefined;
      return test(expression.operand, 'between', [expression.lower, expression.upper]);
    case 'in': {
      const { list, negated, operand } = expression;
      if (negated || (list.kind !== 'list' && list.kind !== 'bag')) return undefined;
      return test(operand, 'in', list.items);
    }
    case 'call': {
      const [first, ...rest] = expression.operands;
      if (expression.name.toLowerCase() !== 'begins_with' || !first || rest.length !== 1) return undefined;
      return test(first, 'begins_with', rest);
    }
    default:
      return undefined;
  }
}

function test(
  subject: Expression,
  operator: AttributeTest['operator'],
  operands: readonly Expression[],
): AttributeTest | undefined {
  if (subject.kind !== 'path' || subject.steps.length > 1 || !operands.every(isValue)) return undefined;
  return { name: subject.steps[0], operator, operands };
}

export function keyTypeMismatch(name: string): Error {
  return new ValidationException(
    `Key attribute's data type should match its data type in table's schema: Key ${name}`,
  );
}

/**
 * The key of the one item that an UPDATE or DELETE is about.
 * @throws ValidationException when the clause doesn't hold every key attribute to a value.
 */
export function writtenKey(
  where: Expression | undefined,
  table: Table,
  parameters: readonly AttributeValue[],
): Item {
  const key: Item = {};
  const attributes = keyAttributes(table.key);
  for (const term of where ? conjuncts(where) : []) {
    const found = attributeTest(term);
    const attribute = found?.operator === '=' && attributes.find(({ name }) => name === found.name);
    if (!found || !attribute) continue;
    if (Object.hasOwn(key, attribute.name)) {
      throw new ValidationException(
        `Multiple conditions on same key ${attribute.name}. Only single item Update/Insert/Delete are supported`,
      );
    }
    key[attribute.name] = readValue(found.operands[0] as Expression, parameters);
  }
  if (attributes.some(({ name }) => !Object.hasOwn(key, name))) {
    throw new ValidationException('Where clause does not contain a mandatory equality on all key attributes');
  }
  for (const { name } of attributes) checkScalar(name, key[name] as AttributeValue);
  checkKeyOf(key, attributes);
  checkKey(key, table.key);
  return key;
}

function checkScalar(name: string, value: AttributeValue): void {
  const type = typeOf(value);
  if (type === 'S' || type === 'N' || type === 'B') return;
  throw new ValidationException(`Key value must be of type S, N, or B. Key name: ${name}, Key type: ${type}`);
}

/**
 * The key of the one item that a SELECT in a batch or a transaction reads; `IN` with one value is an equality.
 * @returns undefined when the clause says less, or more.
 */
export function readKey(
  where: Expression | undefined,
  table: Table,
  parameters: readonly AttributeValue[],
): Item | undefined {
  const attributes = keyAttributes(table.key);
  const terms = where ? conjuncts(where) : [];
  if (terms.length !== attributes.length) return undefined;
  const key: Item = {};
  for (const term of terms) {
    const found = attributeTest(term);
    if (!found || (found.operator !== '=' && found.operator !== 'in')) return undefined;
    if (found.operands.length !== 1 || !attributes.some(({ name }) => name === found.name)) return undefined;
    key[found.name] = readValue(found.operands[0] as Expression, parameters);
  }
  if (attributes.some(({ name }) => !Object.hasOwn(key, name))) return undefined;
  checkKeyOf(key, attributes);
  checkKey(key, table.key);
  return key;
}

/** True when the clause holds every key attribute to a value, and says something besides. */
export function testsMoreThanKey(where: Expression | undefined, table: Table): boolean {
  const attributes = keyAttributes(table.key);
  const terms = where ? conjuncts(where) : [];
  const tests = terms.map(attributeTest);
  return (
    terms.length > attributes.length &&
    attributes.every(({ name }) => tests.some((one) => one?.operator === '=' && one.name === name))
  );
}

function checkKeyOf(key: Item, attributes: readonly KeyAttribute[]): void {
  for (const { name, type } of attributes) {
    if (key[name]?.[type] === undefined) throw keyTypeMismatch(name);
  }
}
