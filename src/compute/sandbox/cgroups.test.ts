import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type ControlGroup, ControlGroups } from './cgroups.ts';

const root = mkdtempSync(join(tmpdir(), 'brume-cgroups-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const limits = { memoryMb: 128, ephemeralStorageMb: 512 };
const bound = String((128 + 512 + 32) * 1024 * 1024);

/** Folders and files as the kernel shows them. */
function tree(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(root, 'tree-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

describe('control groups of the second version', () => {
  const session = 'user.slice/user@1000.service/app.slice';
  const folder = tree({
    'user.slice/cgroup.subtree_control': 'memory pids\n',
    [`${session}/cgroup.subtree_control`]: 'cpu memory pids\n',
    [`${session}/terminal.scope/cgroup.procs`]: '1\n',
  });

  it('are made where a session may: beside its own, with the bounds of the sandbox', () => {
    const groups = ControlGroups.find(folder, `0::/${session}/terminal.scope\n`, 'brume-1-1');
    // In a folder that is no kernel's there is nothing to read: only what is written can be looked at.
    expect(groups).toMatch(/^control groups can’t be made here: ENOENT.*memory\.stat/);
    const [made] = readdirSync(join(folder, session, 'brume-1-1'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(folder, session, 'brume-1-1', name));
    expect(readFileSync(join(folder, session, 'brume-1-1', 'cgroup.subtree_control'), 'utf8')).toBe(
      '+memory +pids',
    );
    const written = (file: string) => readFileSync(join(made ?? '', file), 'utf8');
    expect(written('memory.max')).toBe(String((64 + 32) * 1024 * 1024));
    expect(written('pids.max')).toBe('1032');
    expect(written('cgroup.procs')).toBe('0\n');
  });

  it('are none where nothing above is delegated', () => {
    const closed = tree({ 'system.slice/own.service/cgroup.procs': '', 'cgroup.subtree_control': 'cpu\n' });
    expect(ControlGroups.find(closed, '0::/system.slice/own.service\n')).toContain(
      'is this user’s to change',
    );
    expect(ControlGroups.find(closed, '')).toContain('is this user’s to change');
  });
});

describe('control groups of the first version', () => {
  it('are made in the folders of both controllers', () => {
    const folder = tree({ 'memory/job/tasks': '', 'pids/tasks': '' });
    const found = ControlGroups.find(folder, '8:pids:/\n4:cpu,memory:/job\n0::/\n', 'brume-1-1');
    expect(found).toContain('ENOENT');
    expect(readdirSync(join(folder, 'memory/job/brume-1-1/1'))).toContain('memory.limit_in_bytes');
    expect(readFileSync(join(folder, 'pids/brume-1-1/1/pids.max'), 'utf8')).toBe('1032');
  });
});

const real = ControlGroups.find();
const why = typeof real === 'string' ? real : undefined;

describe.skipIf(why !== undefined)(`the machine’s control groups${why ? ` (skipped: ${why})` : ''}`, () => {
  const groups = real as ControlGroups;
  afterAll(() => groups.close());

  const inside = (group: ControlGroup, script: string, ...args: string[]) => {
    const enter = group.entrances.map((path) => `echo 0 > '${path}' && `).join('');
    return spawnSync('/bin/sh', ['-c', `${enter}${script}`, 'sh', ...args], {
      encoding: 'utf8',
      timeout: 50_000,
    });
  };

  it('bound the memory of all who join, and say that they did', () => {
    const group = groups.make(limits);
    expect(group.kills()).toBe(0);
    const ended = inside(group, 'exec "$@"', process.execPath, '-e', `Buffer.alloc(${bound}, 1)`);
    expect(ended.signal).toBe('SIGKILL');
    expect(group.kills()).toBeGreaterThan(0);
    group.remove();
    expect(group.entrances.some((path) => existsSync(path))).toBe(false);
  });

  it('are removed later when they are still busy', async () => {
    const group = groups.make(limits);
    const folder = join(group.entrances[0] ?? '', '..');
    const enter = group.entrances.map((path) => `echo 0 > '${path}' && `).join('');
    const child = spawn('/bin/sh', ['-c', `${enter}exec sleep 60`]);
    const isEmpty = (entrance: string) => readFileSync(entrance, 'utf8') === '';
    await expect.poll(() => group.entrances.some(isEmpty)).toBe(false);
    group.remove();
    expect(existsSync(folder)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'close');
    groups.make(limits).remove();
    expect(existsSync(folder)).toBe(false);
  });

  it('bound the number of processes', () => {
    const group = groups.make({ ...limits, memoryMb: 2048 });
    const script = `i=0; while [ $i -lt 1200 ]; do sleep 60 >/dev/null 2>&1 & i=$((i+1)); done 2>/dev/null; echo $i; kill -9 0`;
    const { stdout, stderr } = inside(group, `exec setsid sh -c '${script}'`);
    expect(`${stdout}${stderr}`).not.toContain('1200');
    // The shell that counts may end where it can't have another.
    const left = readFileSync(group.entrances[0] ?? '', 'utf8').trim();
    spawnSync('kill', ['-9', ...left.split('\n')]);
  });

  it('count what is held, apart from files of memory', () => {
    const group = groups.make(limits);
    const { stdout } = inside(
      group,
      'exec "$@"',
      process.execPath,
      '-e',
      `const held = Buffer.alloc(100 << 20, 1); process.stdout.write(require('fs').readFileSync(process.argv[1], 'utf8')); held[0]`,
      join(group.entrances[0] ?? '', '../memory.stat'),
    );
    const anonymous = Number(/^(?:rss|anon) (\d+)$/m.exec(stdout)?.[1]);
    expect(anonymous).toBeGreaterThan(100 << 20);
    expect(group.memory().anonymous).toBeLessThan(50 << 20);
    group.remove();
  });
});
