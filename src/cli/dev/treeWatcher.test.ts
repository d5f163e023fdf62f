import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TreeWatcher } from './treeWatcher.ts';

let folder: string;
let changes: number;
const watchers: TreeWatcher[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watch-'));
  changes = 0;
});
afterEach(() => {
  for (const watcher of watchers.splice(0)) watcher.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(path: string, text = 'x'): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

async function watching(path: string): Promise<void> {
  watchers.push(
    await TreeWatcher.open({
      path: join(folder, path),
      onChange: () => {
        changes++;
      },
      onError: (error) => {
        throw error;
      },
    }),
  );
}

/** Does something, and waits until it is noticed. */
async function noticed(act: () => void): Promise<void> {
  const before = changes;
  act();
  await expect.poll(() => changes, { interval: 2 }).toBeGreaterThan(before);
}

/** How often something was noticed, once all that was done has been: the system tells in order. */
async function changesAfter(path: string): Promise<number> {
  for (const name of ['first', 'second']) {
    write(`beside/${name}`);
    await noticed(() => renameSync(join(folder, 'beside', name), join(folder, path)));
  }
  return changes;
}

describe('a watched folder', () => {
  it('tells of files that are written, made, replaced and deleted, in folders made meanwhile too', async () => {
    write('code/index.js');
    await watching('code');
    await noticed(() => write('code/index.js', 'y'));
    await noticed(() => write('code/lib/deep/a.js'));
    await noticed(() => write('code/lib/deep/a.js', 'z'));
    write('next.js');
    await noticed(() => renameSync(join(folder, 'next.js'), join(folder, 'code/index.js')));
    await noticed(() => rmSync(join(folder, 'code/lib'), { recursive: true }));
  });

  it('may be missing, deleted and made again, with its parents', async () => {
    await watching('build/out');
    await noticed(() => write('build/out/index.js'));
    await noticed(() => rmSync(join(folder, 'build'), { recursive: true }));
    await noticed(() => write('build/out/index.js'));
    await expect.poll(() => changes).toBeGreaterThan(2);
    await noticed(() => write('build/out/index.js', 'y'));
  });

  it('tells of packages when their manager has finished, and not of what lies beside, or what editors leave', async () => {
    write('code/node_modules/a/index.js');
    write('code2/index.js');
    await watching('code');
    write('code2/index.js', 'y');
    write('other.js');
    write('code/node_modules/a/index.js', 'y');
    write('code/.index.js.swp');
    write('code/index.js~');
    await noticed(() => write('code/node_modules/.package-lock.json', '{}'));
    expect(await changesAfter('code/index.js')).toBeLessThanOrEqual(4);
  });
});

describe('a watched file', () => {
  it('tells of itself, and of nothing else in its folder', async () => {
    write('template.yaml');
    await watching('template.yaml');
    for (const name of ['other.yaml', 'template.yaml.bak', 'template.yam', 'a', 'b', 'c']) write(name);
    expect(await changesAfter('template.yaml')).toBeLessThanOrEqual(2);
    await noticed(() => write('template.yaml', 'z'));
  });
});
