/** Writes a statement back as a text that parses to the same statement. */
import type { Change, Expression, Path, Select, Statement } from './ast.ts';

export function printStatement(statement: Statement): string {
  switch (statement.kind) {
    case 'select':
      return printSelect(statement);
    case 'exists':
      return `EXISTS(${printSelect(statement.select)})`;
    case 'insert':
      return `INSERT INTO ${quote(statement.table)} VALUE ${printExpression(statement.item)}`;
    case 'update':
      return [
        `UPDATE ${quote(statement.table)}`,
        ...statement.changes.map(printChange),
        ...printEnd(statement.where, statement.returning),
      ].join(' ');
    case 'delete':
      return [
        `DELETE FROM ${quote(statement.table)}`,
        ...printEnd(statement.where, statement.returning),
      ].join(' ');
  }
}

function printSelect({ paths, table, index, where, orderBy }: Select): string {
  const parts = [`SELECT ${paths?.map(printPath).join(', ') ?? '*'} FROM ${quote(table)}`];
  if (index !== undefined) parts[0] += `.${quote(index)}`;
  if (where) parts.push(`WHERE ${printExpression(where)}`);
  if (orderBy.length > 0) {
    const keys = orderBy.map(({ path, descending }) => `${printPath(path)} ${descending ? 'DESC' : 'ASC'}`);
    parts.push(`ORDER BY ${keys.join(', ')}`);
  }
  return parts.join(' ');
}

function printChange(change: Change): string {
  return change.kind === 'remove'
    ? `REMOVE ${printPath(change.path)}`
    : `SET ${printPath(change.path)} = ${printExpression(change.value)}`;
}

function printEnd(where: Expression | undefined, returning: string | undefined): string[] {
  return [
    ...(where ? [`WHERE ${printExpression(where)}`] : []),
    ...(returning === undefined ? [] : [`RETURNING ${returning} *`]),
  ];
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function printPath({ steps }: Path): string {
  return steps
    .map((step, depth) => {
      if (typeof step === 'number') return `[${step}]`;
      return depth === 0 ? quote(step) : `.${quote(step)}`;
    })
    .join('');
}

/** Everything inside an operator stands in parentheses unless it is a term of its own. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'path':
      return printPath(expression);
    case 'string':
      return `'${expression.text.replaceAll("'", "''")}'`;
    case 'number':
      return expression.text;
    case 'boolean':
      return String(expression.value);
    case 'null':
    case 'missing':
      return expression.kind.toUpperCase();
    case 'parameter':
      return '?';
    case 'call':
      return `${expression.name}(${expression.operands.map(printExpression).join(', ')})`;
    case 'list':
      return `[${expression.items.map(printExpression).join(', ')}]`;
    case 'bag':
      return `<<${expression.items.map(printExpression).join(', ')}>>`;
    case 'struct':
      return `{${expression.members.map(({ name, value }) => `${printExpression(name)}: ${printExpression(value)}`).join(', ')}}`;
    default:
      return printOperator(expression);
  }
}

type Operator = Extract<
  Expression,
  { kind: 'and' | 'or' | 'not' | 'compare' | 'operator' | 'sign' | 'between' | 'in' | 'is' }
>;

function printOperator(expression: Operator): string {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.terms.map(group).join(` ${expression.kind.toUpperCase()} `);
    case 'not':
      return `NOT ${group(expression.term)}`;
    case 'sign':
      return `${expression.operator} ${group(expression.term)}`;
    case 'compare':
      return `${group(expression.left)} ${expression.comparator} ${group(expression.right)}`;
    case 'operator':
      return `${group(expression.left)} ${expression.operator.replace('_', ' ').toUpperCase()} ${group(expression.right)}`;
    case 'between':
      return `${group(expression.operand)}${negation(expression)} BETWEEN ${group(expression.lower)} AND ${group(expression.upper)}`;
    case 'in':
      return `${group(expression.operand)}${negation(expression)} IN ${group(expression.list)}`;
    case 'is':
      return `${group(expression.operand)} IS${negation(expression)} ${expression.type.toUpperCase()}`;
  }
}

function negation({ negated }: { negated: boolean }): string {
  return negated ? ' NOT' : '';
}

const operators = new Set(['and', 'or', 'not', 'sign', 'compare', 'operator', 'between', 'in', 'is']);

function group(expression: Expression): string {
  const text = printExpression(expression);
  return operators.has(expression.kind) ? `(${text})` : text;
}
