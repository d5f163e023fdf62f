/** What a statement does to which attributes and partitions, for IAM. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html */
import { type AttributeValue, checkAttributeValue } from '../domain/attributeValues.ts';
import { keyText } from '../domain/mentioned.ts';
import { indexOf, type Table } from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import type { Expression, Returning, Select, Statement } from './ast.ts';
import { plannedPartitions } from './plan.ts';
import { readStatement, type StatementInput } from './statements.ts';
import { readValue } from './values.ts';

type Context = Record<string, string | readonly string[]>;

export interface Mention {
  /** `dynamodb:PartiQLSelect` and its like. */
  readonly action: string;
  readonly table: string;
  readonly index?: string;
  /** @param table undefined when it isn't there. */
  context(table: Table | undefined): Context;
}

/** @returns undefined for a statement that the operation will refuse: nothing is done then. */
export function mentionOf(input: StatementInput): Mention | undefined {
  return unlessRefused(() => {
    const parameters = structuredClone(input.Parameters ?? []);
    for (const value of parameters) checkAttributeValue(value);
    return mention(readStatement(input), parameters);
  });
}

function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ValidationException) return undefined;
    throw error;
  }
}

function mention(statement: Statement, parameters: readonly AttributeValue[]): Mention {
  switch (statement.kind) {
    case 'select':
      return ofSelect(statement, parameters);
    case 'exists':
      return ofSelect(statement.select, parameters);
    case 'insert': {
      const members = statement.item.kind === 'struct' ? statement.item.members : [];
      const names = members.flatMap(({ name }) => (name.kind === 'string' ? [name.text] : []));
      return {
        action: 'dynamodb:PartiQLInsert',
        table: statement.table,
        context: (table) => {
          const name = table?.key.partition.name;
          const key = members.find((member) => member.name.kind === 'string' && member.name.text === name);
          const value = key && unlessRefused(() => readValue(key.value, parameters));
          return { 'dynamodb:Attributes': unique(names), ...leading(value ? [value] : []) };
        },
      };
    }
    case 'update':
    case 'delete': {
      const changes = statement.kind === 'update' ? statement.changes : [];
      const names = [
        ...changes.map(({ path }) => path.steps[0]),
        ...changes.flatMap((change) => (change.kind === 'set' ? heads(change.value) : [])),
        ...heads(statement.where),
      ];
      return {
        action: statement.kind === 'update' ? 'dynamodb:PartiQLUpdate' : 'dynamodb:PartiQLDelete',
        table: statement.table,
        context: (table) => ({
          'dynamodb:Attributes': unique(names),
          ...leading(unlessRefused(() => table && plannedPartitions(statement.where, table.key, parameters))),
          ...(statement.returning ? { 'dynamodb:ReturnValues': returnValues[statement.returning] } : {}),
        }),
      };
    }
  }
}

const returnValues: Readonly<Record<Returning, string>> = {
  'ALL OLD': 'ALL_OLD',
  'ALL NEW': 'ALL_NEW',
  'MODIFIED OLD': 'UPDATED_OLD',
  'MODIFIED NEW': 'UPDATED_NEW',
};

function ofSelect(select: Select, parameters: readonly AttributeValue[]): Mention {
  const { paths, where, index, orderBy } = select;
  const names = [
    ...(paths ?? []).map(({ steps }) => steps[0]),
    ...heads(where),
    ...orderBy.map(({ path }) => path.steps[0]),
  ];
  const all = index === undefined ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES';
  return {
    action: 'dynamodb:PartiQLSelect',
    table: select.table,
    ...(index === undefined ? {} : { index }),
    context: (table) => {
      const schema = table && (index === undefined ? table : indexOf(table, index))?.key;
      const found = unlessRefused(() => schema && plannedPartitions(where, schema, parameters));
      return {
        'dynamodb:Attributes': unique(names),
        'dynamodb:Select': paths ? 'SPECIFIC_ATTRIBUTES' : all,
        'dynamodb:FullTableScan': String(found === undefined),
        ...leading(found),
      };
    },
  };
}

function leading(values: readonly AttributeValue[] | undefined): Context {
  const keys = unique((values ?? []).flatMap((value) => keyText(value) ?? []));
  return keys.length > 0 ? { 'dynamodb:LeadingKeys': keys, 'dynamodb:FirstPartitionKeyValues': keys } : {};
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** The top-level attributes that an expression reads. */
function heads(expression: Expression | undefined): string[] {
  const found: string[] = [];
  const walk = (one: Expression): void => {
    if (one.kind === 'path') found.push(one.steps[0]);
    for (const inner of innerOf(one)) walk(inner);
  };
  if (expression) walk(expression);
  return found;
}

function innerOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.terms;
    case 'not':
    case 'sign':
      return [expression.term];
    case 'compare':
    case 'operator':
      return [expression.left, expression.right];
    case 'between':
      return [expression.operand, expression.lower, expression.upper];
    case 'in':
      return [expression.operand, expression.list];
    case 'is':
      return [expression.operand];
    case 'list':
    case 'bag':
      return expression.items;
    case 'call':
      return expression.operands;
    case 'struct':
      return expression.members.map(({ value }) => value);
    default:
      return [];
  }
}
