/** Statements of PartiQL for DynamoDB. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.statements.html */
import { ValidationException } from '../errors.ts';
import type {
  Change,
  Delete,
  Expression,
  Insert,
  Parsed,
  Path,
  Returning,
  Statement,
  Update,
} from './ast.ts';
import { malformed } from './errors.ts';
import { parseExpression } from './parseExpression.ts';
import { parsePath } from './parsePath.ts';
import { parseSelect, tableNameOf, takeAlias } from './parseSelect.ts';
import { Tokens } from './tokens.ts';

/** @throws ValidationException when the statement is malformed or says what DynamoDB doesn't support. */
export function parse(text: string): Parsed {
  const tokens = new Tokens(text);
  const statement = parseStatement(tokens);
  if (tokens.take(';')) {
    if (tokens.current.kind !== 'end') {
      throw malformed('Unexpected token after semicolon. (Only one query is allowed.)');
    }
  } else if (tokens.current.kind !== 'end') {
    throw malformed('Unexpected token after expression');
  }
  if (tokens.flaw) throw tokens.flaw;
  return { statement, parameters: tokens.parameters };
}

function parseStatement(tokens: Tokens): Statement {
  if (tokens.takeKeyword('select')) return parseSelect(tokens);
  if (tokens.takeKeyword('insert', 'into')) return parseInsert(tokens);
  if (tokens.isKeyword('insert')) throw malformed('Unexpected keyword');
  if (tokens.takeKeyword('update')) return parseUpdate(tokens);
  if (tokens.takeKeyword('delete')) return parseDelete(tokens);
  if (tokens.takeKeyword('exists')) {
    if (!tokens.take('(')) throw malformed('Unexpected keyword');
    if (!tokens.takeKeyword('select')) throw malformed('Unexpected keyword');
    const select = parseSelect(tokens);
    tokens.expect(')', 'RIGHT_PAREN');
    return { kind: 'exists', select };
  }
  for (const verb of ['Create', 'Drop']) {
    for (const what of ['Table', 'Index']) {
      if (tokens.isKeyword(verb.toLowerCase(), what.toLowerCase())) {
        throw new ValidationException(`Unsupported operation: ${verb}${what}`);
      }
    }
  }
  throw malformed('Expected data manipulation');
}

function parseInsert(tokens: Tokens): Insert {
  const table = parseTarget(
    tokens,
    'FROM clause may only contain a single table name in data manipulation statements',
  );
  if (!tokens.takeKeyword('value')) {
    const item = tokens.takeKeyword('values') ? parseRows(tokens) : parseExpression(tokens);
    tokens.note(new ValidationException('Unsupported operation: InsertOp'));
    return { kind: 'insert', table, item };
  }
  const item = parseExpression(tokens);
  if (parseReturning(tokens)) tokens.note(new ValidationException('RETURNING is not supported in INSERT'));
  return { kind: 'insert', table, item };
}

/** `VALUES (…), (…)` is SQL's way, which DynamoDB knows and refuses. */
function parseRows(tokens: Tokens): Expression {
  const items: Expression[] = [];
  const { at } = tokens.current;
  do {
    if (!tokens.is('(')) throw malformed('Expected LEFT_PAREN for row value constructor');
    items.push(parseExpression(tokens));
  } while (tokens.take(','));
  return { kind: 'bag', items, at };
}

function parseUpdate(tokens: Tokens): Update {
  const table = parseTarget(tokens, 'This operation is not supported on an index');
  const changes: Change[] = [];
  for (;;) {
    if (tokens.takeKeyword('set')) {
      do changes.push(parseAssignment(tokens));
      while (tokens.take(','));
    } else if (tokens.takeKeyword('remove')) {
      changes.push({ kind: 'remove', path: parsePath(tokens) });
    } else {
      break;
    }
  }
  if (changes.length === 0) throw malformed('Expected data manipulation');
  const where = parseWhere(tokens);
  return { kind: 'update', table, changes, where, returning: parseReturning(tokens) };
}

function parseAssignment(tokens: Tokens): Change {
  const path = parsePath(tokens);
  if (!tokens.take('=')) throw malformed("Expected '='");
  return { kind: 'set', path, value: parseExpression(tokens) };
}

function parseDelete(tokens: Tokens): Delete {
  if (!tokens.takeKeyword('from')) throw malformed('Expected FROM after DELETE');
  const table = parseTarget(tokens, 'This operation is not supported on an index');
  const where = parseWhere(tokens);
  const returning = parseReturning(tokens);
  if (returning && returning !== 'ALL OLD') {
    tokens.note(
      new ValidationException(
        `Invalid returning clause: RETURNING ${returning} *. Only RETURNING ALL OLD * is allowed in DELETE statements.`,
      ),
    );
  }
  return { kind: 'delete', table, where, returning };
}

/** @param onIndex what is said when an index is named too. */
function parseTarget(tokens: Tokens, onIndex: string): string {
  const path: Path = parsePath(tokens);
  if (path.steps.length > 1) tokens.note(new ValidationException(onIndex));
  if (takeAlias(tokens)) tokens.note(new ValidationException('Aliasing is not supported'));
  return tableNameOf(tokens, path.steps[0]);
}

function parseWhere(tokens: Tokens): Expression | undefined {
  return tokens.takeKeyword('where') ? parseExpression(tokens) : undefined;
}

function parseReturning(tokens: Tokens): Returning | undefined {
  if (!tokens.takeKeyword('returning')) return undefined;
  let returning: Returning | undefined;
  for (const which of ['all', 'modified']) {
    for (const when of ['old', 'new']) {
      if (tokens.takeKeyword(which, when)) returning = `${which} ${when}`.toUpperCase() as Returning;
    }
  }
  if (!returning) throw malformed('Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.');
  if (!tokens.take('*')) {
    parseExpression(tokens);
    tokens.note(
      new ValidationException("Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause"),
    );
  }
  if (tokens.is(',')) {
    throw new ValidationException('Invalid syntax with multiple returning elements in RETURNING clause');
  }
  return returning;
}
