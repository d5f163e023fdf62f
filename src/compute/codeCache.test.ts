/** What environments compile serves those after them, and nobody else. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { RandomIds } from '../kernel/index.ts';
import { CodeCache } from './codeCache.ts';
import { createBench } from './fixture.ts';
import type { EnvironmentSpec } from './port.ts';
import type { Language } from './runtimes/languages.ts';
import { BwrapDriver } from './sandbox/bwrap.ts';

const language = { kind: 'nodejs', version: '24.0.0' } as Language;
const spec = (change: Partial<EnvironmentSpec> = {}) =>
  ({ codeOwner: 'f', codeFolder: '/c/abc', layerFolders: [], handler: 'a.b', ...change }) as EnvironmentSpec;

function packed(entries: Record<string, string>): Buffer {
  const head = JSON.stringify(Object.entries(entries).map(([name, text]) => [name, text.length]));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([
    length,
    Buffer.from(head),
    ...Object.values(entries).map((text) => Buffer.from(text)),
  ]);
}

describe('the cache of compiled code', () => {
  const root = mkdtempSync(join(tmpdir(), 'brume-code-'));
  afterAll(() => rmSync(root, { recursive: true }));
  let count = 0;
  const place = () => {
    const into = join(root, `into-${++count}`);
    mkdirSync(into);
    return into;
  };
  const open = (name: string) => new CodeCache(join(root, name), new RandomIds());

  it('keeps what one environment of a function hands over for its next ones, and over restarts', async () => {
    const cache = open('kept');
    const first = cache.use(spec(), language, place());
    expect(first?.state).toBe('wanted');
    // One is asked, not all that start meanwhile.
    expect(cache.use(spec(), language, place())).toBeUndefined();
    first?.hand(packed({ '0123abcd': 'one', '89abcdef': 'two' }));
    first?.close();
    await expect.poll(() => cache.folderOf(spec(), language)).toBeDefined();
    for (const one of [cache, open('kept')]) {
      const into = place();
      expect(one.use(spec(), language, into)?.state).toBe('kept');
      expect(readdirSync(into).sort()).toEqual(['0123abcd', '89abcdef']);
    }
    for (const other of [
      { codeOwner: 'g' },
      { codeFolder: '/c/abd' },
      { layerFolders: ['/c/l'] },
      { handler: 'b' },
    ])
      expect(cache.use(spec(other), language, place())?.state).toBe('wanted');
    expect(cache.use(spec(), { ...language, version: '24.0.1' }, place())?.state).toBe('wanted');
  });

  it('takes nothing once Init is over, and doesn’t ask again for what was not worth it', async () => {
    const cache = open('late');
    const use = cache.use(spec(), language, place());
    use?.close();
    use?.hand(packed({ '0123abcd': 'planted' }));
    await expect.poll(() => cache.use(spec(), language, place())).toBeUndefined();
    expect(existsSync(join(root, 'late'))).toBe(false);
  });

  it('takes nothing but names of its own kind', async () => {
    for (const [index, body] of [
      packed({ '../../escaped': 'x' }),
      packed({ '0123abcd/../e': 'x' }),
      Buffer.from('nonsense'),
      Buffer.concat([packed({ '0123abcd': 'x' }).subarray(0, -1)]),
    ].entries()) {
      const cache = open(`bad-${index}`);
      cache.use(spec(), language, place())?.hand(body);
      await expect.poll(() => cache.use(spec(), language, place())).toBeUndefined();
      expect(existsSync(join(root, `bad-${index}`))).toBe(false);
    }
  });

  it('leaves functions alone that a debugger waits for, and those of nobody', () => {
    const cache = open('none');
    expect(cache.use(spec({ inspectPort: 9229 }), language, place())).toBeUndefined();
    const { codeOwner: _, ...nobody } = spec();
    expect(cache.use(nobody, language, place())).toBeUndefined();
  });
});

const why = await BwrapDriver.probe();

describe.skipIf(why !== undefined)(`functions that load long${why ? ` (skipped: ${why})` : ''}`, () => {
  const bench = createBench({ sandbox: 'bwrap' });
  afterAll(() => bench.close());
  const slow = 'const until = Date.now() + 30; while (Date.now() < until);';
  const look = `const fs = require('fs'); exports.handler = async (path) => {
    try { fs.writeFileSync('/var/launch/keptCode/0123abcd', 'x'); } catch (error) { var wrote = error.code }
    return { wrote, kept: fs.readdirSync('/var/launch/keptCode').length };
  };`;
  let others = 0;
  const again = (first: EnvironmentSpec, change: Partial<EnvironmentSpec> = {}) => ({
    ...first,
    key: `${first.key}-${++others}`,
    ...change,
  });
  /** Until environments of the same find something kept. */
  const found = (one: EnvironmentSpec) => expect.poll(async () => (await bench.invoke(again(one))).value);

  it('find their compiled code in the next environment; others with the same code don’t', async () => {
    const files = { 'index.js': `${slow} require('./other.js'); ${look}`, 'other.js': 'exports.other = 1' };
    const one = bench.spec(files, { codeOwner: 'one', runtime: 'nodejs24.x' });
    expect((await bench.invoke(one)).value).toEqual({ wrote: 'EROFS', kept: 0 });
    await found(one).toEqual({ wrote: 'EROFS', kept: 2 });
    expect((await bench.invoke(again(one, { codeOwner: 'two' }))).value).toMatchObject({ kept: 0 });
  });

  it('may be ES modules', async () => {
    const text = `import fs from 'node:fs'; ${slow} export const handler = async () => fs.readdirSync('/var/launch/keptCode').length`;
    const one = bench.spec({ 'index.mjs': text }, { codeOwner: 'modules', runtime: 'nodejs24.x' });
    await found(one).toBe(1);
  });

  it('may be in Python', async () => {
    const files = {
      'index.py':
        'import os, time, pkg\ntime.sleep(0.03)\ndef handler(event, context):\n  return [pkg.name(), len(os.listdir("/var/launch/keptCode"))]',
      'pkg/__init__.py': 'from .inner import name',
      'pkg/inner.py': 'def name():\n  return __name__',
    };
    const one = bench.spec(files, { codeOwner: 'snake', runtime: 'python3.12' });
    expect((await bench.invoke(one)).value).toEqual(['pkg.inner', 0]);
    await found(one).toEqual(['pkg.inner', 3]);
    // What a power cut has left half of is compiled again.
    const [folder = ''] = readdirSync(join(bench.root, 'compiled')).filter((name) => {
      const kept = join(bench.root, 'compiled', name);
      return readdirSync(kept).some((entry) => entry.length === 40);
    });
    for (const entry of readdirSync(join(bench.root, 'compiled', folder)))
      truncateSync(join(bench.root, 'compiled', folder, entry), 100);
    expect((await bench.invoke(again(one))).value).toEqual(['pkg.inner', 3]);
  });
});
