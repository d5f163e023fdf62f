/** `SELECT … FROM … WHERE … ORDER BY …`. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html */
import { ValidationException } from '../errors.ts';
import type { Expression, Path, Select } from './ast.ts';
import { malformed, showSpan } from './errors.ts';
import { parseExpression } from './parseExpression.ts';
import type { Tokens } from './tokens.ts';

/** After the word SELECT. */
export function parseSelect(tokens: Tokens): Select {
  const paths = parseProjection(tokens);
  if (!tokens.takeKeyword('from')) throw malformed('Expected FROM after SELECT list');
  const { table, index } = parseSource(tokens);
  const where = tokens.takeKeyword('where') ? parseExpression(tokens) : undefined;
  const orderBy = parseOrderBy(tokens);
  refuseClauses(tokens);
  return { kind: 'select', paths, table, index, where, orderBy };
}

const maximumNote =
  "Other expressions may not be present in the select list when '*' is used without dot notation.";

/** @returns undefined for `*`. */
function parseProjection(tokens: Tokens): Path[] | undefined {
  if (tokens.takeKeyword('distinct')) {
    tokens.note(new ValidationException('Unsupported token in expression: DISTINCT'));
  } else {
    tokens.takeKeyword('all');
  }
  if (tokens.takeKeyword('value')) {
    tokens.note(new ValidationException("Select projection doesn't support value or pivot keywords"));
  }
  const paths: Path[] = [];
  let all = false;
  let count = 0;
  do {
    count++;
    if (tokens.take('*')) all = true;
    else parseColumn(tokens, paths);
  } while (tokens.take(','));
  if (all && count > 1) throw malformed(maximumNote);
  if (all) return undefined;
  checkNames(tokens, paths);
  return paths;
}

function parseColumn(tokens: Tokens, into: Path[]): void {
  const { flaw } = tokens;
  const column = parseExpression(tokens);
  if (column.kind === 'path' && column.steps.includes('*') && tokens.flaw !== flaw) {
    tokens.flaw = new ValidationException("Changing item's hierarchy while reading isn't supported");
  }
  if (column.kind === 'path') into.push(column);
  else tokens.note(new ValidationException(`Unexpected path component at ${showSpan(column.at)}`));
  if (takeAlias(tokens)) tokens.note(new ValidationException('Aliasing is not supported'));
}

/** `AS name`, or a name alone. */
export function takeAlias(tokens: Tokens): boolean {
  const named = tokens.takeKeyword('as');
  const { kind } = tokens.current;
  if (kind === 'identifier' || kind === 'quoted') {
    tokens.next();
    return true;
  }
  if (named) throw malformed('Expected identifier for AS-alias');
  return false;
}

/** Columns are named by what their paths end with; two of a name would hide each other. */
function checkNames(tokens: Tokens, paths: readonly Path[]): void {
  const seen = new Set<string>();
  for (const path of paths) {
    const name = columnName(path);
    if (seen.has(name)) {
      tokens.note(new ValidationException(`Duplicate identifiers in select clause: ${name}`));
    }
    seen.add(name);
  }
}

/** The name of a column in the answer: the last name of its path and what follows it, `b[0]` of `a.b[0]`. */
export function columnName({ steps }: Path): string {
  let from = steps.length - 1;
  while (typeof steps[from] === 'number') from--;
  return steps
    .slice(from)
    .map((step) => (typeof step === 'number' ? `[${step}]` : step))
    .join('');
}

/** A table, or an index of a table. */
function parseSource(tokens: Tokens): { table: string; index: string | undefined } {
  const source: Expression = parseExpression(tokens, 6);
  if (source.kind !== 'path') {
    tokens.note(new ValidationException('Unexpected from source'));
    return { table: '', index: undefined };
  }
  const [table, index, more] = source.steps;
  if (more !== undefined) {
    tokens.note(new ValidationException('A path may contain at most 2 components in the FROM clause'));
  }
  if (takeAlias(tokens)) tokens.note(new ValidationException('Aliasing is not supported'));
  if (
    tokens.is(',') ||
    ['join', 'inner', 'left', 'right', 'full', 'cross', 'outer'].some((word) => tokens.isKeyword(word))
  ) {
    throw new ValidationException('Only select from a single table or index is supported.');
  }
  tableNameOf(tokens, table);
  if (index !== undefined) tableNameOf(tokens, String(index));
  return { table, index: index === undefined ? undefined : String(index) };
}

/** Notes a name that no table or index can have. */
export function tableNameOf(tokens: Tokens, name: string): string {
  if (!/^[a-zA-Z0-9_.-]{3,255}$/.test(name)) {
    tokens.note(
      new ValidationException(
        "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'.",
      ),
    );
  }
  return name;
}

function parseOrderBy(tokens: Tokens): { path: Path; descending: boolean }[] {
  const orderBy: { path: Path; descending: boolean }[] = [];
  if (!tokens.takeKeyword('order')) return orderBy;
  if (!tokens.takeKeyword('by')) throw malformed('Expected BY');
  do {
    const key = parseExpression(tokens, 6);
    const descending = tokens.takeKeyword('desc');
    if (!descending) tokens.takeKeyword('asc');
    if (key.kind === 'path' && key.steps.length === 1) {
      orderBy.push({ path: key, descending });
    } else {
      const type = key.kind === 'number' ? key.text : key.kind.toUpperCase();
      tokens.note(
        new ValidationException(`Argument to ORDER BY must be of type VariableReference. Type: ${type}`),
      );
    }
  } while (tokens.take(','));
  return orderBy;
}

function refuseClauses(tokens: Tokens): void {
  if (tokens.takeKeyword('group')) throw new ValidationException('Unsupported clause: GROUP BY');
  for (const clause of ['having', 'limit']) {
    if (!tokens.takeKeyword(clause)) continue;
    const { at } = parseExpression(tokens, 6);
    tokens.note(new ValidationException(`Unsupported clause: ${clause.toUpperCase()} at ${showSpan(at)}`));
  }
}
