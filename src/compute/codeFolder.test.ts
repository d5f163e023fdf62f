import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { populate } from './codeFolder.ts';

const root = mkdtempSync(join(tmpdir(), 'brume-code-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function folder(name: string): string {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  return path;
}

describe('populate', () => {
  it('links files, folders and links of a package', async () => {
    const from = folder('package');
    mkdirSync(join(from, 'src/deep'), { recursive: true });
    writeFileSync(join(from, 'src/deep/app.js'), 'code');
    writeFileSync(join(from, 'bootstrap'), 'run');
    chmodSync(join(from, 'bootstrap'), 0o755);
    symlinkSync('src/deep/app.js', join(from, 'link.js'));
    const into = folder('into');
    await populate(from, into);
    expect(readFileSync(join(into, 'src/deep/app.js'), 'utf8')).toBe('code');
    expect(statSync(join(into, 'bootstrap')).mode & 0o777).toBe(0o755);
    expect(readlinkSync(join(into, 'link.js'))).toBe('src/deep/app.js');
    expect(statSync(join(into, 'src/deep/app.js')).ino).toBe(statSync(join(from, 'src/deep/app.js')).ino);
  });

  it('needs no turn of the event loop for a flat package', () => {
    const from = folder('flat');
    writeFileSync(join(from, 'index.js'), 'x');
    expect(populate(from, folder('flat-into'))).toBeUndefined();
  });

  it('lets what was placed first win: layers are placed last first', async () => {
    const [first, last, into] = [folder('layer-1'), folder('layer-2'), folder('opt')];
    writeFileSync(join(first, 'shared'), 'first');
    writeFileSync(join(first, 'own'), 'own');
    writeFileSync(join(last, 'shared'), 'last');
    await populate(last, into);
    await populate(first, into);
    expect(readFileSync(join(into, 'shared'), 'utf8')).toBe('last');
    expect(readFileSync(join(into, 'own'), 'utf8')).toBe('own');
  });
});
