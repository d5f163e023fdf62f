import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

it('finds every key prefix of the code in docs/keys.md, and none that is gone', () => {
  const declared = new Set<string>();
  for (const file of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
    const code = readFileSync(join(root, 'src', file), 'utf8').replace(/^\s*(\/?\*|\/\/).*$/gm, '');
    for (const [, prefix] of code.matchAll(/\brecordSet(?:<[^(]*>)?\(\s*'([^']+)'/g))
      declared.add(prefix as string);
  }
  expect(declared.size).toBeGreaterThan(3);
  const registered = [...readFileSync(join(root, 'docs/keys.md'), 'utf8').matchAll(/^\| `([^`]+)`/gm)].map(
    ([, name]) => name,
  );
  expect(registered.sort()).toEqual([...declared].sort());
});
