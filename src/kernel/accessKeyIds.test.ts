import fc from 'fast-check';
import { expect, it } from 'vitest';
import { accountOfAccessKeyId, newAccessKeyId } from './accessKeyIds.ts';
import { RandomIds } from './ids.ts';

it('tells the account that a key id was made for', () => {
  const ids = new RandomIds();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999_999 }), (number) => {
      const account = String(number).padStart(12, '0');
      const id = newAccessKeyId(ids, 'ASIA', account);
      expect(id).toMatch(/^ASIA[A-Z2-7]{16}$/);
      expect(accountOfAccessKeyId(id)).toBe(account);
    }),
  );
  expect(newAccessKeyId(ids, 'AKIA', '111122223333')).not.toBe(newAccessKeyId(ids, 'AKIA', '111122223333'));
});

// An id that AWS gave out, and ids that hold none.
it.each([
  ['ASIAQNZGKIQY56JQ7WML', '029608264753'],
  ['AKIAIOSFODNN7EXAMPLE', undefined],
  ['AKIA', undefined],
  ['ASIA0000000000000000', undefined],
])('reads %s', (id, account) => {
  expect(accountOfAccessKeyId(id)).toBe(account);
});
