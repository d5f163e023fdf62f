import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change, Comparator, Expression, Path, Select, Span, Statement } from './ast.ts';
import { keywords } from './keywords.ts';
import { parse } from './parse.ts';
import { printStatement } from './print.ts';

const at: Span = { line: 1, column: 1, length: 1 };

/** Without places in the text; parameters count from the start again when a statement is printed and parsed. */
const bare = (statement: Statement): unknown =>
  JSON.parse(JSON.stringify(statement, (name, value: unknown) => (name === 'at' ? undefined : value)));

const failure = (text: string): string => {
  try {
    parse(text);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

const malformed = (what: string) => `Statement wasn't well formed, can't be processed: ${what}`;

describe('statements are refused in DynamoDB’s words', () => {
  it.each([
    ['FOO', malformed('Expected data manipulation')],
    ['UPDATE Payment-live SET a = 1 WHERE id = 1', malformed('Expected data manipulation')],
    ['SELECT * FROM t1t WHERE (a = 1', malformed('Expected RIGHT_PAREN')],
    ['SELECT * FROM t1t WHERE a = ', malformed('Missing right-hand side expression of infix operator')],
    ['SELECT * FROM t1t garbage more', malformed('Unexpected token after expression')],
    [
      'SELECT * FROM t1t; SELECT',
      malformed('Unexpected token after semicolon. (Only one query is allowed.)'),
    ],
    ['INSERT INTO urls (key, value) VALUES (?, ?)', malformed('Unexpected keyword')],
    ['DELETE t1t WHERE a = 1', malformed('Expected FROM after DELETE')],
    ['UPDATE t1t SET a WHERE b = 1', malformed("Expected '='")],
    ["INSERT INTO t1t VALUE {'a' 1}", malformed('Expected COLON')],
    ['SELECT COUNT(*) FROM t1t', 'Unexpected path component at 1:8:5'],
    ['SELECT a AS b FROM t1t', 'Aliasing is not supported'],
    ['SELECT a, b.a FROM t1t', 'Duplicate identifiers in select clause: a'],
    ['SELECT * FROM t1t, t2t', 'Only select from a single table or index is supported.'],
    ['SELECT *\n  FROM t1t LIMIT 10', 'Unsupported clause: LIMIT at 2:18:2'],
    ['SELECT a[-1] FROM t1t', 'List index is not within the allowable range; index: [-1] at 1:11:1'],
    [
      'INSERT INTO t1t.idx VALUE 1',
      'FROM clause may only contain a single table name in data manipulation statements',
    ],
    [
      'DELETE FROM t1t WHERE a = 1 RETURNING ALL NEW *',
      'Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in DELETE statements.',
    ],
    [
      'UPDATE t1t SET a = 1 WHERE a = 1 RETURNING ALL NEW b',
      "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause",
    ],
    ['INSERT t1t VALUE 1', malformed('Unexpected keyword')],
    ['SELECT FROM t1t', malformed('Expected data manipulation')],
    ['SELECT * FROM t1t WHERE AND a = 1', malformed('Unexpected operator')],
    ["SELECT * FROM t1t WHERE a = 'x", malformed('')],
    ['DROP TABLE t1t', 'Unsupported operation: DropTable'],
    // What is malformed further on outranks what isn't supported.
    ['SELECT a AS b FROM t1t WHERE', malformed('Unexpected term')],
  ])('%s', (text, message) => {
    expect(failure(text)).toBe(message);
  });
});

describe('statements are read as PartiQL', () => {
  it('keywords in any case, comments, quoted names and doubled quotes', () => {
    const { statement } = parse(
      `select "a""b", c.d[0]['e'] -- the columns\n/* all * of it */ From "My-Table"."idx" wHeRe x = 'it''s';`,
    );
    expect(statement).toMatchObject({
      kind: 'select',
      table: 'My-Table',
      index: 'idx',
      paths: [{ steps: ['a"b'] }, { steps: ['c', 'd', 0, 'e'] }],
      where: { kind: 'compare', right: { text: "it's" } },
    });
  });

  it('AND binds stronger than OR, NOT than AND, and BETWEEN has an AND of its own', () => {
    const { statement } = parse('SELECT * FROM t1t WHERE NOT a = 1 AND b BETWEEN 1 AND 2 OR c IN (1, 2)');
    expect(statement).toMatchObject({
      where: {
        kind: 'or',
        terms: [
          { kind: 'and', terms: [{ kind: 'not', term: { kind: 'compare' } }, { kind: 'between' }] },
          { kind: 'in' },
        ],
      },
    });
  });

  it('counts its parameters', () => {
    expect(parse("INSERT INTO t1t VALUE {'a': ?, 'b': [?, '?']}").parameters).toBe(2);
  });
});

const name = fc.oneof(
  fc.constantFrom('a', 'order', 'Ünï', 'a"b', 'select', 'x y'),
  fc.string({ minLength: 1, maxLength: 5 }).filter((text) => text.isWellFormed()),
);
const path: fc.Arbitrary<Path> = fc
  .tuple(name, fc.array(fc.oneof(name, fc.nat(9)), { maxLength: 3 }))
  .map(([first, rest]) => ({ kind: 'path', steps: [first, ...rest], at }));
const plainPath = path.filter(({ steps }) => !steps.includes('*'));
const table = fc.stringMatching(/^[a-zA-Z0-9_.-]{3,9}$/);
const literal: fc.Arbitrary<Expression> = fc.oneof(
  fc.string({ maxLength: 5 }).map((text): Expression => ({ kind: 'string', text, at })),
  fc
    .constantFrom('0', '1.5', '-3', '1e10', '-2E-3')
    .map((text): Expression => ({ kind: 'number', text, at })),
  fc.boolean().map((value): Expression => ({ kind: 'boolean', value, at })),
  fc.constantFrom<'null' | 'missing'>('null', 'missing').map((kind): Expression => ({ kind, at })),
);
const callName = name.filter((text) => /^[A-Za-z_]+$/.test(text) && !keywords.has(text.toLowerCase()));
// What stands alone on the right of IN: anything in parentheses would be a list.
const term = fc.oneof(
  plainPath,
  literal,
  fc.constant<Expression>({ kind: 'list', items: [{ kind: 'null', at }], at }),
);
const comparator = fc.constantFrom<Comparator>('=', '<>', '<', '<=', '>', '>=');
const { expression } = fc.letrec<{ expression: Expression }>((tie) => {
  const inner = tie('expression');
  const items = fc.array(inner, { minLength: 1, maxLength: 3 });
  const terms = fc.array(inner, { minLength: 2, maxLength: 3 });
  const negated = fc.boolean();
  return {
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      plainPath,
      literal,
      fc.record({ kind: fc.constantFrom<'list' | 'bag'>('list', 'bag'), items, at: fc.constant(at) }),
      fc.record({
        kind: fc.constant('struct' as const),
        members: fc.array(fc.record({ name: inner, value: inner }), { maxLength: 2 }),
        at: fc.constant(at),
      }),
      fc.record({ kind: fc.constant('call' as const), name: callName, operands: items, at: fc.constant(at) }),
      fc.record({ kind: fc.constantFrom<'and' | 'or'>('and', 'or'), terms, at: fc.constant(at) }),
      fc.record({
        kind: fc.constant('sign' as const),
        operator: fc.constantFrom<'+' | '-'>('+', '-'),
        term: plainPath,
        at: fc.constant(at),
      }),
      fc.record({ kind: fc.constant('not' as const), term: inner, at: fc.constant(at) }),
      fc.record({
        kind: fc.constant('compare' as const),
        comparator,
        left: inner,
        right: inner,
        at: fc.constant(at),
      }),
      fc.record({
        kind: fc.constant('operator' as const),
        operator: fc.constantFrom('+', '-', '*', '/', '%', '||', 'like', 'not_like'),
        left: inner,
        right: inner,
        at: fc.constant(at),
      }),
      fc.record({
        kind: fc.constant('between' as const),
        negated,
        operand: inner,
        lower: inner,
        upper: inner,
        at: fc.constant(at),
      }),
      fc.record({
        kind: fc.constant('in' as const),
        negated,
        operand: inner,
        list: term,
        at: fc.constant(at),
      }),
      fc.record({
        kind: fc.constant('is' as const),
        negated,
        operand: inner,
        type: fc.constantFrom('missing', 'null'),
        at: fc.constant(at),
      }),
    ) as fc.Arbitrary<Expression>,
  };
});
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const select: fc.Arbitrary<Select> = fc.record({
  kind: fc.constant('select' as const),
  paths: maybe(
    fc.uniqueArray(plainPath, {
      minLength: 1,
      maxLength: 3,
      selector: ({ steps }) => steps.filter((step) => typeof step === 'string').at(-1),
    }),
  ),
  table,
  index: maybe(table),
  where: maybe(expression),
  orderBy: fc.array(
    fc.record({
      path: name.map((step): Path => ({ kind: 'path', steps: [step], at })),
      descending: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
});
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), path: plainPath, value: expression }),
  fc.record({ kind: fc.constant('remove' as const), path: plainPath }),
);
const statement: fc.Arbitrary<Statement> = fc.oneof(
  select,
  select.map((inner) => ({ kind: 'exists' as const, select: inner })),
  fc.record({ kind: fc.constant('insert' as const), table, item: expression }),
  fc.record({
    kind: fc.constant('update' as const),
    table,
    changes: fc.array(change, { minLength: 1, maxLength: 3 }),
    where: maybe(expression),
    returning: maybe(
      fc.constantFrom(
        'ALL OLD' as const,
        'ALL NEW' as const,
        'MODIFIED OLD' as const,
        'MODIFIED NEW' as const,
      ),
    ),
  }),
  fc.record({
    kind: fc.constant('delete' as const),
    table,
    where: maybe(expression),
    returning: maybe(fc.constant('ALL OLD' as const)),
  }),
);

describe('the parser', () => {
  it('reads back what is printed', () => {
    fc.assert(
      fc.property(statement, (tree) => {
        expect(bare(parse(printStatement(tree)).statement)).toEqual(bare(tree));
      }),
    );
  });

  it('answers any text with a statement or a ValidationException', () => {
    const words = fc.constantFrom(
      ...'SELECT * FROM "t" . t1t WHERE a = ? AND OR NOT ( ) [ ] { } << >> , \' " : ; IN BETWEEN IS MISSING NULL 1 -1 1e9 INSERT INTO VALUE UPDATE SET REMOVE DELETE RETURNING ALL OLD NEW * ORDER BY DESC size( EXISTS( -- /* */ ` @ ~'.split(
        ' ',
      ),
    );
    const text = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.array(words, { maxLength: 30 }).map((all) => all.join(' ')),
    );
    fc.assert(
      fc.property(text, (given) => {
        try {
          expect(parse(given).statement.kind).toBeTypeOf('string');
        } catch (error) {
          expect((error as Error).name).toBe('ValidationException');
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    '(',
    '[',
    '- ',
    'NOT ',
    '{1:',
    '<<',
    'f(',
    'a + ',
    'a = ',
    "''",
    '/*',
    '-- \n',
    'a.',
    'a AND ',
    '"',
    '1',
  ])('takes linear time and no deep stack for %j over and over', (piece) => {
    const text = `SELECT * FROM t1t WHERE ${piece.repeat(8000 / piece.length)}`;
    const started = process.cpuUsage();
    expect(failure(text)).not.toBe('Maximum call stack size exceeded');
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1000).toBeLessThan(1000);
  });
});
