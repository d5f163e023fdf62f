import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Item, typeOf } from '../attributeValues.ts';
import type { Condition, Operand, Path, SetOperand, UpdateAction } from './ast.ts';
import { bindCondition } from './bindCondition.ts';
import { bindProjection } from './bindProjection.ts';
import { bindUpdate } from './bindUpdate.ts';
import { ExpressionError } from './errors.ts';
import { parseCondition } from './parseCondition.ts';
import { parseProjection } from './parseProjection.ts';
import { parseUpdate } from './parseUpdate.ts';
import { Placeholders } from './placeholders.ts';
import { printCondition, printPath, printUpdate } from './print.ts';

const values: Item = {
  ':a': { S: 'x' },
  ':n': { N: '5' },
  ':m': { N: '3' },
  ':l': { L: [] },
  ':b': { BOOL: true },
};
const names = { '#n': 'name', '#a': 'a' };
const failure = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
  return '';
};
const condition = (text: string) =>
  failure(() => bindCondition(parseCondition(text), new Placeholders(names, values)));
const update = (text: string) =>
  failure(() => bindUpdate(parseUpdate(text), new Placeholders(names, values)));
const projection = (text: string) =>
  failure(() => bindProjection(parseProjection(text), new Placeholders(names, undefined)));

describe('expressions complain as DynamoDB does', () => {
  it.each([
    ['', 'The expression can not be empty;'],
    ['a =', 'Syntax error; token: "<EOF>", near: "="'],
    ['a = :a :n', 'Syntax error; token: ":n", near: ":a :n"'],
    ['hits : incr', 'Syntax error; token: ":", near: "hits : incr"'],
    ['a', 'Syntax error; token: "<EOF>", near: "a"'],
    ['((a = :a))', 'The expression has redundant parentheses;'],
    ['(a = :a) AND ((b = :a))', 'The expression has redundant parentheses;'],
    ['((a = :a) AND (b = :a))', ''],
    ['wat(a)', 'Invalid function name; function: wat'],
    [
      'a = attribute_exists(b)',
      'The function is not allowed to be used this way in an expression; function: attribute_exists',
    ],
    ['size(a)', 'The function is not allowed to be used this way in an expression; function: size'],
    ['name = :a', 'Attribute name is a reserved keyword; reserved keyword: name'],
    ['#n = :a', ''],
    ['#x = :a', 'An expression attribute name used in the document path is not defined; attribute name: #x'],
    ['a = :x', 'An expression attribute value used in expression is not defined; attribute value: :x'],
    [
      'contains(a)',
      'Incorrect number of operands for operator or function; operator or function: contains, number of operands: 1',
    ],
    [
      'a = #a',
      'The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]',
    ],
    [
      'attribute_exists(:a)',
      'Operator or function requires a document path; operator or function: attribute_exists',
    ],
    [
      'begins_with(a, :n)',
      'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    ],
    [
      'attribute_type(a, :a)',
      'Invalid attribute type name found; type: x, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}',
    ],
    [
      'a BETWEEN :n AND :m',
      'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {N:3}',
    ],
    [
      'a BETWEEN :a AND :n',
      'The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {S:x}, upper bound operand: AttributeValue: {N:5}',
    ],
    ['_a = :a', 'Syntax error; token: "_", near: "_a"'],
    ['m.set = :a', 'Syntax error; token: "set", near: ".set ="'],
    ['a[01] = :a', 'Syntax error; token: "1", near: "01]"'],
    [' ', 'Syntax error; token: "<EOF>", near: " "'],
    [
      'a BETWEEN :a AND a',
      'The first operand must be distinct from the remaining operands for this operator or function; operator: BETWEEN, first operand: [a]',
    ],
    [
      'if_not_exists(a, :a) = :a',
      'The function is not allowed in a condition expression; function: if_not_exists',
    ],
    ['a BETWEEN b AND AND', 'Syntax error; token: "AND", near: "AND AND"'],
    [
      'a BETWEEN b AND :l',
      'Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: L',
    ],
    [
      'a < :b',
      'Incorrect operand type for operator or function; operator or function: <, operand type: BOOL',
    ],
    ['size(a) > :n and not (b in (:a, :n) or c[0].d <> :a)', ''],
  ])('condition %s', (text, message) => {
    expect(condition(text)).toBe(message);
  });

  it.each([
    ['INVALID SYNTAX HERE', 'Syntax error; token: "INVALID", near: "INVALID SYNTAX"'],
    ['SET a = :a SET b = :a', 'The "SET" section can only be used once in an update expression;'],
    [
      'SET a = :a, a = :n',
      'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]',
    ],
    [
      'SET a.b = :a REMOVE a.b[0]',
      'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, b, [0]]',
    ],
    [
      'SET a.b = :a REMOVE a[0]',
      'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [0]]',
    ],
    [
      'ADD a :a',
      'Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND',
    ],
    [
      'DELETE a :n',
      'Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND',
    ],
    [
      'SET a = b + :a',
      'Incorrect operand type for operator or function; operator or function: +, operand type: S',
    ],
    [
      'SET a = list_append(b, :n)',
      'Incorrect operand type for operator or function; operator or function: list_append, operand type: N',
    ],
    [
      'SET a = if_not_exists(:a, :n)',
      'Operator or function requires a document path; operator or function: if_not_exists',
    ],
    ['SET a = list_append(if_not_exists(b, :l), :l), c = :n - d REMOVE e[1], e[0] ADD f :n', ''],
    ['SET a = :n + (:m + :n)', 'Syntax error; token: "+", near: ":m + :n"'],
    ['SET a = ((:n + :n))', 'The expression has redundant parentheses;'],
    ['SET a = size(b)', 'The function is not allowed in an update expression; function: size'],
    ['SET a = :n + :m + :n', 'Syntax error; token: "+", near: ":m + :n"'],
  ])('update %s', (text, message) => {
    expect(update(text)).toBe(message);
  });

  it.each([
    ['a, #n.b[3], c', ''],
    [
      'a, b, a',
      'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]',
    ],
    ['a,', 'Syntax error; token: "<EOF>", near: ","'],
    ['a b', 'Syntax error; token: "b", near: "a b"'],
    ['date', 'Attribute name is a reserved keyword; reserved keyword: date'],
  ])('projection %s', (text, message) => {
    expect(projection(text)).toBe(message);
  });

  it('takes hostile texts in stride', () => {
    for (const text of [
      '('.repeat(4000),
      'NOT '.repeat(1000),
      'size('.repeat(800),
      `a${'[0]'.repeat(1300)}`,
      `a${' '.repeat(4000)}`,
    ]) {
      expect(condition(text)).not.toBe('');
    }
    expect(condition(`a = :a${' '.repeat(5000)}`)).toContain('Expression size has exceeded');
  });
});

/** Processor time of parsing a text of about `length` characters, in microseconds: the least of several tries. */
function parseTime(piece: string, length: number): number {
  const text = `a = ${piece.repeat(length / piece.length)}`;
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 12; tries++) {
    const before = process.cpuUsage();
    for (let times = 0; times < 10; times++) {
      failure(() => parseCondition(text));
      failure(() => parseUpdate(`SET ${text}`));
      failure(() => parseProjection(text));
    }
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, user + system);
  }
  return least;
}

describe('parsing', () => {
  // Four times the length takes four times as long when it is linear, sixteen times when it is quadratic.
  it.each([
    '(',
    ')',
    'NOT ',
    'size(',
    'a.',
    'a[0]',
    '[',
    ' ',
    ':v',
    '#n',
    ',',
    'a = :a AND ',
    'b1 IN (:a, ',
    '<',
    'é',
  ])('takes time in proportion to the length for %j over and over', (piece) => {
    const short = parseTime(piece, 1_000);
    expect(parseTime(piece, 4_000)).toBeLessThan(Math.max(short, 200) * 9);
  });
});

const name = fc
  .tuple(fc.constantFrom('k', 'X', 'zz'), fc.stringMatching(/^[A-Za-z0-9_]{0,6}$/))
  .map(([head, tail]) => `${head}${tail}1`);
const step = fc.oneof(
  name.map((text) => ({ name: text })),
  name.map((text) => ({ placeholder: `#${text}` })),
);
const path: fc.Arbitrary<Path> = fc
  .tuple(step, fc.array(fc.oneof(step, fc.nat(99)), { maxLength: 3 }))
  .map(([head, tail]) => ({ kind: 'path', steps: [head, ...tail] }));
const value: fc.Arbitrary<Operand> = name.map((text) => ({ kind: 'value', placeholder: `:${text}` }));
const operand: fc.Arbitrary<Operand> = fc.oneof(
  path,
  value,
  path.map((inner): Operand => ({ kind: 'function', name: 'size', operands: [inner] })),
);
const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.tuple(operand, fc.constantFrom('=', '<>', '<', '<=', '>', '>='), operand).map(
    ([left, comparator, right]): Condition => ({
      kind: 'compare',
      comparator: comparator as '=',
      left,
      right,
    }),
  ),
  fc
    .tuple(operand, operand, operand)
    .map(([one, lower, upper]): Condition => ({ kind: 'between', operand: one, lower, upper })),
  fc
    .tuple(operand, fc.array(operand, { minLength: 1, maxLength: 4 }))
    .map(([one, candidates]): Condition => ({ kind: 'in', operand: one, candidates })),
  fc
    .tuple(fc.constantFrom('begins_with', 'contains'), path, value)
    .map(([called, one, two]): Condition => ({ kind: 'function', name: called, operands: [one, two] })),
);
const conditions: fc.Arbitrary<Condition> = fc.letrec<{ tree: Condition }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map((terms): Condition => ({ kind: 'and', terms })),
    fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map((terms): Condition => ({ kind: 'or', terms })),
    tie('tree').map((term): Condition => ({ kind: 'not', term })),
  ),
})).tree;
const setOperand: fc.Arbitrary<SetOperand> = fc.oneof(
  path,
  value,
  fc.tuple(path, value).map(([left, right]): SetOperand => ({ kind: 'plus', left, right })),
  fc
    .tuple(path, value)
    .map(([one, two]): SetOperand => ({ kind: 'function', name: 'if_not_exists', operands: [one, two] })),
);
const updates: fc.Arbitrary<UpdateAction[]> = fc
  .tuple(
    fc.array(
      fc.tuple(path, setOperand).map(([at, what]): UpdateAction => ({ kind: 'set', path: at, value: what })),
    ),
    fc.array(path.map((at): UpdateAction => ({ kind: 'remove', path: at }))),
    fc.array(
      fc.tuple(path, name).map(
        ([at, text]): UpdateAction => ({
          kind: 'add',
          path: at,
          value: { kind: 'value', placeholder: `:${text}` },
        }),
      ),
    ),
  )
  .map((sections) => sections.flat())
  .filter((actions) => actions.length > 0);

describe('parsers', () => {
  it('read back what is printed', () => {
    fc.assert(
      fc.property(conditions, (tree) => {
        expect(parseCondition(printCondition(tree)).tree).toEqual(tree);
      }),
    );
    fc.assert(
      fc.property(updates, (tree) => {
        expect(parseUpdate(printUpdate(tree)).tree).toEqual(tree);
      }),
    );
    fc.assert(
      fc.property(fc.array(path, { minLength: 1 }), (paths) => {
        expect(parseProjection(paths.map(printPath).join(', ')).tree).toEqual(paths);
      }),
    );
  });

  it('never fail but with an expression error', () => {
    const words = fc.constantFrom(
      ...'( ) , . [ ] = <> < a b1 #n :v 0 AND OR NOT IN BETWEEN SET ADD size( contains( + -'.split(' '),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words, { maxLength: 40 }).map((all) => all.join(' ')),
        ),
        (text) => {
          for (const parse of [parseCondition, parseUpdate, parseProjection]) failure(() => parse(text));
        },
      ),
      { numRuns: 500 },
    );
  });
});

it('typeOf names the one member', () => {
  expect(typeOf({ NS: ['1'] })).toBe('NS');
});
