/** Terms of PartiQL: literals, parameters, paths, calls, collections, groups. */
import { ValidationException } from '../errors.ts';
import type { Expression } from './ast.ts';
import { malformed, showSpan } from './errors.ts';
import { functionKeywords } from './keywords.ts';
import type { Token } from './lexer.ts';
import { parsePath } from './parsePath.ts';
import type { Tokens } from './tokens.ts';

/** How a term parses the expressions inside it. */
type Inner = (tokens: Tokens) => Expression;

/** @throws ValidationException when no term begins here. */
export function parseTerm(tokens: Tokens, inner: Inner): Expression {
  const { current } = tokens;
  const { kind, text, at } = current;
  switch (kind) {
    case 'string':
      tokens.next();
      return { kind: 'string', text, at };
    case 'number':
      tokens.next();
      return { kind: 'number', text, at };
    case 'ion':
      tokens.next();
      tokens.note(
        new ValidationException(`Ion Literals are not supported under key root at ${showSpan(at)}`),
      );
      return { kind: 'null', at };
    case 'identifier':
    case 'quoted': {
      const { kind: next, text: symbol } = tokens.peek();
      if (next === 'symbol' && symbol === '(') return parseCall(tokens, inner);
      return parsePath(tokens);
    }
    case 'keyword':
      return parseKeyword(tokens, inner);
    case 'symbol':
      return parseSymbol(tokens, inner);
    case 'end':
      throw malformed('Unexpected term');
  }
}

function parseKeyword(tokens: Tokens, inner: Inner): Expression {
  const { text, at } = tokens.current;
  switch (text) {
    case 'true':
    case 'false':
      tokens.next();
      return { kind: 'boolean', value: text === 'true', at };
    case 'null':
    case 'missing':
      tokens.next();
      return { kind: text, at };
    case 'select':
    case 'case':
    case 'cast':
    case 'values':
    case 'pivot':
      throw unsupported(tokens, tokens.current);
  }
  const { kind, text: symbol } = tokens.peek();
  if ((text === 'date' || text === 'time') && kind === 'string') throw unsupported(tokens, tokens.current);
  if (functionKeywords.has(text) && kind === 'symbol' && symbol === '(') return parseCall(tokens, inner);
  // What PartiQL expects after FROM where no FROM can be.
  if (text === 'from') throw malformed('Expected data manipulation');
  throw malformed(operators.has(text) ? 'Unexpected operator' : 'Unexpected keyword');
}

const operators = new Set('and or is in between like union except intersect'.split(' '));

function parseCall(tokens: Tokens, inner: Inner): Expression {
  const { text: name, at } = tokens.next();
  tokens.next();
  if (tokens.take('*')) {
    if (name !== 'count') throw malformed(`${name}(*) is not allowed`);
    tokens.expect(')', 'RIGHT_PAREN');
    return { kind: 'call', name, operands: [], at };
  }
  return { kind: 'call', name, operands: parseList(tokens, inner, ')', 'RIGHT_PAREN'), at };
}

function parseSymbol(tokens: Tokens, inner: Inner): Expression {
  const { text, at } = tokens.current;
  switch (text) {
    case '?':
      tokens.next();
      return { kind: 'parameter', index: tokens.parameters++, at };
    case '@': {
      const { kind } = tokens.peek();
      if (kind !== 'identifier' && kind !== 'quoted') throw malformed('Identifier must follow @-operator');
      tokens.next();
      return parsePath(tokens);
    }
    case '(':
      return parseGroup(tokens, inner);
    case '[':
      tokens.next();
      return { kind: 'list', items: parseList(tokens, inner, ']', 'RIGHT_BRACKET'), at };
    case '<<':
      tokens.next();
      return { kind: 'bag', items: parseList(tokens, inner, '>>', 'RIGHT_DOUBLE_ANGLE_BRACKET'), at };
    case '{':
      return parseStruct(tokens, inner);
    case '=':
    case '<':
    case '>':
    case '<=':
    case '>=':
    case '<>':
    case '||':
    case '/':
    case '%':
    case '~':
      throw malformed('Unexpected operator');
    default:
      throw malformed('Unexpected term');
  }
}

/** Several expressions in parentheses are a list. */
function parseGroup(tokens: Tokens, inner: Inner): Expression {
  const { at } = tokens.next();
  if (tokens.is(')')) throw malformed('Expression group cannot be empty');
  const items = parseList(tokens, inner, ')', 'RIGHT_PAREN');
  return items.length === 1 ? (items[0] as Expression) : { kind: 'list', items, at };
}

function parseStruct(tokens: Tokens, inner: Inner): Expression {
  const { at } = tokens.next();
  const members: { name: Expression; value: Expression }[] = [];
  if (tokens.take('}')) return { kind: 'struct', members, at };
  do {
    const name = inner(tokens);
    tokens.expect(':', 'COLON');
    members.push({ name, value: inner(tokens) });
  } while (tokens.take(','));
  tokens.expect('}', 'RIGHT_CURLY');
  return { kind: 'struct', members, at };
}

/** Expressions between commas up to `end`, which is taken. */
export function parseList(tokens: Tokens, inner: Inner, end: string, name: string): Expression[] {
  const items: Expression[] = [];
  if (tokens.take(end)) return items;
  do items.push(inner(tokens));
  while (tokens.take(','));
  tokens.expect(end, name);
  return items;
}

/** What parses but DynamoDB doesn't support; nothing after it is read. */
function unsupported(tokens: Tokens, token: Token): Error {
  tokens.note(
    new ValidationException(
      `Unsupported token in expression: ${token.text.toUpperCase()} at ${showSpan(token.at)}`,
    ),
  );
  return tokens.flaw as Error;
}
