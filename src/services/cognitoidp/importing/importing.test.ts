import { describe, expect, it } from 'vitest';
import { schemaOf, settingsOf } from '../domain/poolSettings.ts';
import type { Pool } from '../store.ts';
import { rowsOf } from './file.ts';
import { columnsOf, headerProblem, userOfRow } from './rows.ts';

const pool = {
  settings: settingsOf({ AutoVerifiedAttributes: ['email'] }),
  schema: schemaOf([{ Name: 'team', AttributeDataType: 'String' }]),
} as Pool;

async function read(text: string, size = 3): Promise<string[][]> {
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const rows: string[][] = [];
  for await (const { cells } of rowsOf(pieces())) rows.push(cells);
  return rows;
}

describe('a file', () => {
  it('is read in pieces of any size, commas by backslash or in quotes', async () => {
    const text = '\uFEFFa,b\r\nGrüße\\, Welt,"x, y"\n\n1,2';
    for (const size of [1, 2, 3, 7, 1_000]) {
      expect(await read(text, size)).toEqual([
        ['a', 'b'],
        ['Grüße, Welt', 'x, y'],
        ['1', '2'],
      ]);
    }
  });

  it('tells the line of each row', async () => {
    const lines: number[] = [];
    async function* content() {
      yield Buffer.from('a\nb\n\nc\n');
    }
    for await (const { line } of rowsOf(content())) lines.push(line);
    expect(lines).toEqual([1, 2, 4]);
  });

  it.each([
    ['longer rows than there may be', `a\n${'x'.repeat(20_000)}\n`],
    ['quotes that never end', 'a\n"b\n'],
  ])('is refused for %s', async (_what, text) => {
    await expect(read(text, 1_000)).rejects.toMatchObject({ code: expect.stringMatching(/^CSV_/) });
  });

  it('is refused when it is no text', async () => {
    async function* content() {
      yield Buffer.from([0x61, 0xff, 0x0a]);
    }
    await expect(
      (async () => {
        for await (const _row of rowsOf(content()));
      })(),
    ).rejects.toBeInstanceOf(TypeError);
  });
});

describe('rows', () => {
  const header = columnsOf(pool);
  const row = (values: Record<string, string>) => header.map((name) => values[name] ?? '');
  const good = { 'cognito:username': 'ann', email: 'ann@example.com', email_verified: 'TRUE' };

  it('have the columns of the pool, in any order', () => {
    expect(header.slice(-3)).toEqual(['custom:team', 'cognito:mfa_enabled', 'cognito:username']);
    expect(headerProblem(pool, [...header].reverse())).toBeUndefined();
    expect(headerProblem(pool, header.slice(1))).toContain('does not match');
    expect(headerProblem(pool, [...header, 'custom:x'])).toContain('does not match');
    expect(headerProblem(pool, [...header, 'name'])).toContain('twice');
  });

  it('become users', () => {
    expect(userOfRow(pool, header, row({ ...good, 'custom:team': ' red ' }))).toEqual({
      name: 'ann',
      attributes: { email: 'ann@example.com', email_verified: 'true', 'custom:team': 'red' },
      mfa: false,
    });
  });

  it.each([
    [{ ...good, 'cognito:username': '' }, 'cognito:username'],
    [{ ...good, 'cognito:mfa_enabled': 'yes' }, 'must be true or false'],
    [{ ...good, 'cognito:mfa_enabled': 'true' }, 'does not fit the MFA configuration'],
    [{ ...good, email_verified: 'false' }, 'does not set any of the auto verified attributes to true'],
    [{ ...good, email: '' }, 'without the attribute itself'],
    [{ ...good, birthdate: '1' }, 'does not match the schema'],
  ])('%j are told of: %s', (values, why) => {
    expect(userOfRow(pool, header, row(values))).toEqual({ problem: expect.stringContaining(why) });
  });

  it('have as many cells as the header', () => {
    expect(userOfRow(pool, header, ['ann'])).toEqual({ problem: expect.stringContaining('columns') });
  });
});
