/**
 * Control groups: the kernel counts what the processes of a sandbox hold together, and bounds it. They need a part of the
 * tree that this process may change: root's, or what systemd delegates to a user's session.
 * https://docs.kernel.org/admin-guide/cgroup-v2.html; where memory still is a controller of the first version, that one.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { processesMax } from '../limits.ts';

/** Ours: what the programs around the function take. Bytes. */
const overheadBytes = 32 * 1024 * 1024;
/** The sandbox's own processes beside the function's. */
const overheadProcesses = 8;

export interface GroupLimits {
  readonly memoryMb: number;
  /** /tmp is held in memory: its size adds to the bound, since it isn't the function's memory. */
  readonly ephemeralStorageMb: number;
}

let found = 0;

/** The group of one sandbox. */
export interface ControlGroup {
  /** A process joins by writing its number to each of these. */
  readonly entrances: readonly string[];
  /** Bytes: what processes hold, without the page cache; and files of memory, /tmp and others. */
  memory(): { anonymous: number; shared: number };
  /** How many processes the kernel has ended because memory was used up. */
  kills(): number;
  /** Once all processes have ended. */
  remove(): void;
}

export class ControlGroups {
  /** `cgroup v2` or `cgroup v1`. */
  readonly version: 'v1' | 'v2';
  /** Folders that groups are made in: one of the second version, one per controller of the first. */
  readonly #folders: readonly string[];
  #made = 0;
  /** Groups that are over, and were still busy when they were to be removed. */
  readonly #left = new Set<string>();

  private constructor(version: 'v1' | 'v2', folders: readonly string[]) {
    this.version = version;
    this.#folders = folders;
  }

  /**
   * Makes a group and lets a process join it: only what was tried is relied on.
   * @param root where the control groups are mounted. @param own what /proc/self/cgroup says.
   * @returns why there are none, in words.
   */
  static find(
    root = '/sys/fs/cgroup',
    own = readOrEmpty('/proc/self/cgroup'),
    name = `brume-${process.pid}-${++found}`,
  ): ControlGroups | string {
    const placesOf = new Map<string, string>();
    for (const line of own.split('\n')) {
      const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      if (controllers !== undefined && path) {
        for (const controller of controllers.split(',')) placesOf.set(controller, path);
      }
    }
    const [memory, pids, unified] = ['memory', 'pids', ''].map((controller) => placesOf.get(controller));
    const folders =
      memory !== undefined && pids !== undefined
        ? [join(root, 'memory', memory), join(root, 'pids', pids)]
        : unified === undefined
          ? []
          : [delegatedAbove(root, join(root, unified))].filter((folder) => folder !== undefined);
    if (folders.length === 0) return 'no part of the control group tree is this user’s to change';
    const version = folders.length === 2 ? 'v1' : 'v2';
    try {
      for (const folder of folders) removeAbandoned(folder);
      const parents = folders.map((folder) => join(folder, name));
      for (const parent of parents) mkdirSync(parent, { recursive: true });
      if (version === 'v2') write(parents[0] ?? '', 'cgroup.subtree_control', '+memory +pids');
      const groups = new ControlGroups(version, parents);
      groups.#try();
      return groups;
    } catch (error) {
      return `control groups can’t be made here: ${(error as Error).message}`;
    }
  }

  /** @throws Error of the file system when the tree has been taken away meanwhile. */
  make(limits: GroupLimits): ControlGroup {
    this.#removeLeft();
    const name = String(++this.#made);
    const folders = this.#folders.map((folder) => join(folder, name));
    for (const folder of folders) mkdirSync(folder, { recursive: true });
    const bytes = (limits.memoryMb + limits.ephemeralStorageMb) * 1024 * 1024 + overheadBytes;
    const processes = String(processesMax + overheadProcesses);
    const remove = () => {
      for (const folder of folders) if (!removeTree(folder)) this.#left.add(folder);
    };
    const group =
      this.version === 'v1' ? first(folders, bytes, processes) : second(folders, bytes, processes);
    return { ...group, remove };
  }

  /** Removes what `make` was asked for, once it is empty. */
  close(): void {
    for (const folder of this.#folders) removeTree(folder);
  }

  #removeLeft(): void {
    for (const folder of this.#left) if (removeTree(folder)) this.#left.delete(folder);
  }

  #try(): void {
    const group = this.make({ memoryMb: 64, ephemeralStorageMb: 0 });
    try {
      const script = 'for file in "$@"; do echo 0 > "$file" || exit 1; done';
      execFileSync('/bin/sh', ['-c', script, 'sh', ...group.entrances], { stdio: 'pipe', timeout: 30_000 });
      group.memory();
    } finally {
      group.remove();
    }
  }
}

type Counts = Omit<ControlGroup, 'remove'>;

function first(folders: readonly string[], bytes: number, processes: string): Counts {
  const [memory = '', pids = ''] = folders;
  write(memory, 'memory.limit_in_bytes', String(bytes));
  // Where the kernel counts swap: none of it.
  if (existsSync(join(memory, 'memory.memsw.limit_in_bytes')))
    write(memory, 'memory.memsw.limit_in_bytes', String(bytes));
  write(pids, 'pids.max', processes);
  return {
    entrances: folders.map((folder) => join(folder, 'cgroup.procs')),
    memory: () => memoryOf(memory, 'rss'),
    kills: () => field(read(memory, 'memory.oom_control'), 'oom_kill'),
  };
}

function second(folders: readonly string[], bytes: number, processes: string): Counts {
  const [folder = ''] = folders;
  write(folder, 'memory.max', String(bytes));
  if (existsSync(join(folder, 'memory.swap.max'))) write(folder, 'memory.swap.max', '0');
  write(folder, 'pids.max', processes);
  return {
    entrances: [join(folder, 'cgroup.procs')],
    memory: () => memoryOf(folder, 'anon'),
    kills: () => field(read(folder, 'memory.events'), 'oom_kill'),
  };
}

/**
 * The nearest group above whose children have the controllers and which is ours to change. (Our own can't be it: a group
 * with processes of its own has no controlled children.)
 */
function delegatedAbove(root: string, own: string): string | undefined {
  for (let folder = dirname(own); folder.startsWith(root); folder = dirname(folder)) {
    const controllers = readOrEmpty(join(folder, 'cgroup.subtree_control')).trim().split(' ');
    if (!controllers.includes('memory') || !controllers.includes('pids')) continue;
    try {
      const trial = join(folder, `brume-trial-${process.pid}`);
      mkdirSync(trial);
      rmdirSync(trial);
      return folder;
    } catch {
      // Not ours; what is above it is even less so, but for a root that is none.
    }
  }
  return undefined;
}

/** What a cloud that was killed has left. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = /^brume-(\d+)-\d+$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) removeTree(join(folder, name));
  }
}

/** Groups are removed as folders are, from within; their files go with them. @returns false while one is busy. */
function removeTree(folder: string): boolean {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(folder, entry.name));
    }
    rmdirSync(folder);
    return true;
  } catch (error) {
    // A process in it may still be ending.
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

function memoryOf(folder: string, name: 'anon' | 'rss'): { anonymous: number; shared: number } {
  const text = read(folder, 'memory.stat');
  return { anonymous: field(text, name), shared: field(text, 'shmem') };
}

function field(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

function read(folder: string, file: string): string {
  return readFileSync(join(folder, file), 'latin1');
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function write(folder: string, file: string, value: string): void {
  writeFileSync(join(folder, file), value);
}
