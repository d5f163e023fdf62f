import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { RandomIds } from '../kernel/index.ts';
import { openVault } from './vault.ts';

const ids = new RandomIds();
const folders: string[] = [];
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'vault-'));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true });
});

it('opens what it sealed, also after a restart, for the same purpose only', () => {
  const place = folder();
  const sealed = openVault({ folder: place, ids }).seal('a', 'secret');
  const again = openVault({ folder: place, ids });
  expect(again.open('a', sealed).toString()).toBe('secret');
  expect(() => again.open('b', sealed)).toThrow();
  expect(Buffer.from(sealed).includes('secret')).toBe(false);
});

it('keeps its key to its owner', () => {
  const place = folder();
  openVault({ folder: place, ids });
  expect(statSync(join(place, 'vault.key')).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(place, 'vault.key'))).toHaveLength(32);
});

it('opens nothing that was changed, cut or sealed under another key', () => {
  const vault = openVault({ ids });
  const sealed = vault.seal('a', 'secret');
  for (const at of [0, 12, sealed.length - 1]) {
    const changed = Uint8Array.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => vault.open('a', changed)).toThrow();
  }
  expect(() => vault.open('a', sealed.subarray(0, 20))).toThrow();
  expect(() => openVault({ ids }).open('a', sealed)).toThrow();
});

it('opens what another sealed whose keys it was handed, also after a restart, and seals under its own', () => {
  const other = openVault({ ids });
  const sealed = other.seal('a', 'secret');
  const place = folder();
  const vault = openVault({ folder: place, ids });
  expect(() => vault.open('a', sealed)).toThrow();
  vault.admit(other.keys);
  vault.admit(other.keys);
  expect(vault.keys).toHaveLength(2);
  const again = openVault({ folder: place, ids });
  for (const one of [vault, again]) {
    expect(one.open('a', sealed).toString()).toBe('secret');
    expect(one.open('a', one.seal('a', 'mine')).toString()).toBe('mine');
    expect(() => one.open('b', sealed)).toThrow();
  }
  expect(() => other.open('a', vault.seal('a', 'mine'))).toThrow();
});
