import { scryptSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { hashPassword, isPassword } from './passwordHash.ts';

it('tells the right password from any other, salted', async () => {
  const kept = await hashPassword('one', Buffer.alloc(16, 1));
  expect(Buffer.from(kept).includes('one')).toBe(false);
  expect(await isPassword('one', kept)).toBe(true);
  expect(await isPassword('two', kept)).toBe(false);
  expect(await isPassword('', kept)).toBe(false);
  expect(await hashPassword('one', Buffer.alloc(16, 2))).not.toEqual(kept);
});

it('still takes what earlier versions kept', async () => {
  const salt = Buffer.alloc(16, 3);
  const cost = { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 1024 * 1024 };
  const kept = Buffer.concat([salt, scryptSync('one', salt, 32, cost)]);
  expect(await isPassword('one', kept)).toBe(true);
  expect(await isPassword('two', kept)).toBe(false);
});
