import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

it('finds every key prefix of the code in docs/keys.md, and none there that the code no longer has', () => {
  const code = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(root, 'src', file), 'utf8').replace(/^\s*(\/?\*|\/\/).*$/gm, ''))
    .join('\n');
  const declared = [...code.matchAll(/\brecordSet(?:<[^(]*>)?\(\s*'([^']+)'/g)].map(
    ([, prefix]) => prefix as string,
  );
  expect(declared.length).toBeGreaterThan(3);
  expect(new Set(declared).size).toBe(declared.length);
  const registry = readFileSync(join(root, 'docs/keys.md'), 'utf8');
  const registered = new Set([...registry.matchAll(/^\| `([^`]+)`/gm)].map(([, prefix]) => prefix as string));
  expect(declared.filter((prefix) => !registered.has(prefix))).toEqual([]);
  // A room may also put its keys together itself, without a record set.
  expect([...registered].filter((prefix) => !code.includes(`'${prefix}'`))).toEqual([]);
});
