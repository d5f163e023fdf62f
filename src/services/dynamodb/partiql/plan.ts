/**
 * How a SELECT reads: the partitions that its WHERE clause holds the key to, and of each a range of sort keys;
 * without any, the whole table or index. The clause itself is the filter of what is read.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html
 */
import { type AttributeValue, compareValues } from '../domain/attributeValues.ts';
import type { LegacyCondition } from '../domain/legacyConditions.ts';
import { type QueriedKey, selectionOf } from '../domain/queriedKey.ts';
import { sortRange } from '../domain/sortRange.ts';
import {
  type KeyAttribute,
  type KeySchema,
  keyAttributes,
  keyNames,
  partitionAttributes,
  sortAttributes,
} from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Expression, Select } from './ast.ts';
import { tooManyOperands } from './errors.ts';
import { checkKeyTests } from './keyTests.ts';
import { readValue } from './values.ts';
import { attributeTest, conjuncts } from './whereKeys.ts';

type Selection = ReturnType<typeof selectionOf>;

/** What to read, one after the other; undefined: everything. */
export interface Plan {
  readonly parts: readonly Selection[] | undefined;
  readonly reverse: boolean;
}

/** @throws ValidationException when the clause mistypes keys, or there is no order to sort by. */
export function planSelect(
  { where, orderBy }: Pick<Select, 'where' | 'orderBy'>,
  schema: KeySchema,
  parameters: readonly AttributeValue[],
): Plan {
  const planner = new Planner(schema, parameters);
  const found = where && planner.parts(where, nothing);
  const parts = found && withoutOverlaps(found);
  if (where) checkKeyTests(where, schema, parameters, parts !== undefined);
  checkOrder({ where, orderBy }, schema, parts !== undefined);
  if (parts) sortParts(parts, orderBy, schema);
  const sorts = keyNames(schema).slice(partitionAttributes(schema).length);
  const reverse = orderBy.find(({ path }) => sorts.includes(path.steps[0]))?.descending ?? false;
  return { parts: parts?.map((part) => selection(schema, part)), reverse };
}

/**
 * The partitions that a clause leads to, by the first attribute of their key; undefined: it leads to a scan.
 * @throws ValidationException for values that are none.
 */
export function plannedPartitions(
  where: Expression | undefined,
  schema: KeySchema,
  parameters: readonly AttributeValue[],
): AttributeValue[] | undefined {
  const parts = where && new Planner(schema, parameters).parts(where, nothing);
  return parts?.map(({ partition }) => partition[0] as AttributeValue);
}

function checkOrder(
  { where, orderBy }: Pick<Select, 'where' | 'orderBy'>,
  schema: KeySchema,
  isPlanned: boolean,
): void {
  if (orderBy.length === 0) return;
  if (!where) {
    throw new ValidationException('Must have WHERE clause in the statement when using ORDER BY clause.');
  }
  const names = keyNames(schema);
  for (const { path } of orderBy) {
    if (!names.includes(path.steps[0])) {
      throw new ValidationException(
        `Variable reference ${path.steps[0]} in ORDER BY clause must be part of the primary key`,
      );
    }
  }
  if (!isPlanned) {
    throw new ValidationException(
      'Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.',
    );
  }
}

/** One partition, and of it what the sort conditions select. */
interface Part extends QueriedKey {
  /** A second bound on the same sort attribute. */
  readonly bound?: LegacyCondition;
}

/** What the terms around an OR say of the key attributes, and hold in each of its branches too. */
interface Restrictions {
  readonly equals: ReadonlyMap<string, readonly AttributeValue[]>;
  readonly ranges: ReadonlyMap<string, readonly LegacyCondition[]>;
}

const nothing: Restrictions = { equals: new Map(), ranges: new Map() };

/** Ranges read for one statement; more than that and less is read by scanning. Ours. */
const partsMax = 1000;

class Planner {
  readonly #partitions: readonly KeyAttribute[];
  readonly #sorts: readonly KeyAttribute[];
  readonly #parameters: readonly AttributeValue[];

  constructor(schema: KeySchema, parameters: readonly AttributeValue[]) {
    this.#partitions = partitionAttributes(schema);
    this.#sorts = sortAttributes(schema);
    this.#parameters = parameters;
  }

  /** @returns undefined when nothing holds the partition. */
  parts(where: Expression, around: Restrictions): Part[] | undefined {
    if (where.kind === 'or') {
      const parts: Part[] = [];
      for (const term of where.terms) {
        const more = this.parts(term, around);
        if (!more || parts.length + more.length > partsMax) return undefined;
        parts.push(...more);
      }
      return parts;
    }
    const terms = conjuncts(where);
    const restrictions = this.#restrict(terms, around);
    const direct = this.#partsOf(restrictions);
    if (direct) return direct;
    for (const term of terms) {
      const parts = term.kind === 'or' ? this.parts(term, restrictions) : undefined;
      if (parts) return parts;
    }
    return undefined;
  }

  #restrict(terms: readonly Expression[], around: Restrictions): Restrictions {
    const equals = new Map(around.equals);
    const ranges = new Map(around.ranges);
    for (const term of terms) {
      const test = attributeTest(term);
      const attribute = test && [...this.#partitions, ...this.#sorts].find(({ name }) => name === test.name);
      if (!test || !attribute) continue;
      const values = test.operands.map((operand) => readValue(operand, this.#parameters));
      // Another type never equals; what it is compared with is refused later.
      if (values.some((value) => value[attribute.type] === undefined)) continue;
      if (test.operator === '=' || test.operator === 'in') {
        if (values.length > limits.statementPartitionsMax && this.#partitions.includes(attribute)) {
          throw tooManyOperands(values.length);
        }
        const known = equals.get(test.name);
        if (!known || known.length > values.length) equals.set(test.name, values);
      } else {
        const condition = { ComparisonOperator: operators[test.operator], AttributeValueList: values };
        const known = ranges.get(test.name) ?? [];
        if (known.length < 2) ranges.set(test.name, [...known, condition]);
      }
    }
    return { equals, ranges };
  }

  #partsOf({ equals, ranges }: Restrictions): Part[] | undefined {
    let partitions: AttributeValue[][] = [[]];
    for (const { name } of this.#partitions) {
      const values = equals.get(name);
      if (!values) return undefined;
      partitions = product(partitions, values);
      if (partitions.length > partsMax) return undefined;
    }
    let parts: Part[] = partitions.map((partition) => ({ partition, leading: [] }));
    for (const attribute of this.#sorts) {
      const values = equals.get(attribute.name);
      if (!values || parts.length * values.length > partsMax) {
        const [first, bound] = ranges.get(attribute.name) ?? [];
        return first ? parts.map((part) => narrowed(part, attribute, first, bound)) : parts;
      }
      parts = parts.flatMap((part) =>
        values.map((value) =>
          narrowed(part, attribute, { ComparisonOperator: 'EQ', AttributeValueList: [value] }),
        ),
      );
    }
    return parts;
  }
}

const operators = {
  '<': 'LT',
  '<=': 'LE',
  '>': 'GT',
  '>=': 'GE',
  between: 'BETWEEN',
  begins_with: 'BEGINS_WITH',
} as const;

function product(rows: readonly AttributeValue[][], values: readonly AttributeValue[]): AttributeValue[][] {
  return rows.flatMap((row) => values.map((value) => [...row, value]));
}

/** A condition on the next sort attribute; the one before it, if any, is held to a value. */
function narrowed(
  { partition, leading, sort }: Part,
  attribute: KeyAttribute,
  condition: LegacyCondition,
  bound?: LegacyCondition,
): Part {
  const before = sort ? [sort.condition.AttributeValueList?.[0] as AttributeValue] : [];
  return {
    partition,
    leading: [...leading, ...before],
    sort: { attribute, condition },
    ...(bound ? { bound } : {}),
  };
}

/** An item is read once, even when several branches of an OR lead to it. */
function withoutOverlaps(parts: readonly Part[]): Part[] {
  const byPartition = new Map<string, Map<string, Part>>();
  for (const part of parts) {
    const partition = textOf(part.partition);
    const known = byPartition.get(partition) ?? new Map<string, Part>();
    byPartition.set(partition, known);
    known.set(textOf([part.leading, part.sort?.condition, part.bound]), part);
  }
  return [...byPartition.values()].flatMap((same) => {
    const [first, ...rest] = same.values();
    if (!first || rest.length === 0) return first ? [first] : [];
    const depth = first.leading.length;
    const points = [first, ...rest].every(
      ({ leading, sort }) => leading.length === depth && sort?.condition.ComparisonOperator === 'EQ',
    );
    return points ? [first, ...rest] : [{ partition: first.partition, leading: [] }];
  });
}

function textOf(values: unknown): string {
  return JSON.stringify(values, (_name, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
}

/** Partitions in the order that is asked for, if one is; within a partition, points in the order of their keys. */
function sortParts(parts: Part[], orderBy: Select['orderBy'], schema: KeySchema): void {
  if (orderBy.length === 0) return;
  const attributes = keyAttributes(schema);
  const valueAt = (part: Part, name: string): AttributeValue | undefined => {
    const at = attributes.findIndex((attribute) => attribute.name === name);
    const { partition, leading, sort } = part;
    return [...partition, ...leading, sort?.condition.AttributeValueList?.[0]][at];
  };
  parts.sort((left, right) => {
    for (const { path, descending } of orderBy) {
      const [a, b] = [valueAt(left, path.steps[0]), valueAt(right, path.steps[0])];
      const order = (a && b && compareValues(a, b)) ?? 0;
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
}

function selection(schema: KeySchema, part: Part): Selection {
  const { sort, bound } = part;
  const selected = selectionOf(schema, part);
  if (!sort || !bound) return selected;
  // Two bounds on one side leave the first; the filter sees to the other.
  return { ...selected, sort: { ...sortRange(bound, sort.attribute), ...selected.sort } };
}
