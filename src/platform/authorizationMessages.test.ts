import { expect, it } from 'vitest';
import { RandomIds } from '../kernel/index.ts';
import { openVault } from '../store/vault.ts';
import { decodeAuthorizationMessage, encodeAuthorizationMessage } from './authorizationMessages.ts';

const ids = new RandomIds();
const vault = openVault({ ids });
const account = '111122223333';

it('opens for its own account only, and says nothing to who holds it', () => {
  const text = JSON.stringify({ allowed: false, note: 'Zażółć' });
  const encoded = encodeAuthorizationMessage(vault, account, text);
  // Never with a hyphen: the AWS CLI would take it for an option.
  expect(encoded).toMatch(/^A[\w-]+$/);
  expect(Buffer.from(encoded, 'base64url').includes('allowed')).toBe(false);
  expect(decodeAuthorizationMessage(vault, account, encoded)).toBe(text);
  expect(decodeAuthorizationMessage(vault, '444455556666', encoded)).toBeUndefined();
  expect(decodeAuthorizationMessage(openVault({ ids }), account, encoded)).toBeUndefined();
});

it('refuses what was changed, cut, broken into lines or sealed for something else', () => {
  const encoded = encodeAuthorizationMessage(vault, account, '{}');
  const other = encoded[40] === 'A' ? 'B' : 'A';
  const secret = Buffer.from(vault.seal(`sts.session/${account}`, 'secret')).toString('base64url');
  for (const wrong of [
    '',
    'x',
    `${encoded.slice(0, 40)}${other}${encoded.slice(41)}`,
    encoded.slice(0, -4),
    `${encoded.slice(0, 8)}\n${encoded.slice(8)}`,
    `${encoded} `,
    secret,
  ]) {
    expect(decodeAuthorizationMessage(vault, account, wrong), wrong).toBeUndefined();
  }
});

it('has the same length for policies of about the same length', () => {
  const lengths = [1, 100, 256].map((n) => encodeAuthorizationMessage(vault, account, 'x'.repeat(n)).length);
  expect(new Set(lengths).size).toBe(1);
  expect(encodeAuthorizationMessage(vault, account, 'x'.repeat(257)).length).toBeGreaterThan(lengths[0] ?? 0);
});
