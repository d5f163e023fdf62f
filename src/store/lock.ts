/**
 * One process a data folder. The lock is a file with the owner's process id and start time: a process id
 * alone may be another program's by now, or, in a container, our own from the last run.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export class FolderLocked extends Error {
  readonly pid: number;

  constructor(folder: string, pid: number) {
    super(
      `the data folder ${folder} is in use by another Brume (process ${pid}). ` +
        'Stop that one first, or start with another --data folder.',
    );
    this.name = 'FolderLocked';
    this.pid = pid;
  }
}

interface Owner {
  pid: number;
  /** In clock ticks since boot, from /proc; absent where there is no /proc. */
  startedAt?: string;
}

/** @returns lets go. @throws FolderLocked while its owner lives. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'lock');
  const mine = `${path}.${process.pid}`;
  const owner = ownerOf(process.pid) as Owner;
  writeFileSync(mine, JSON.stringify(owner));
  try {
    for (;;) {
      try {
        // Atomic, and the file has its content from the first moment on.
        linkSync(mine, path);
        return () => release(path, owner);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      removeStale(folder, path, mine);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Whether a process locked the folder and is gone. */
export function isAbandoned(folder: string): boolean {
  const owner = readOwner(join(folder, 'lock'));
  return owner !== undefined && !isAlive(owner);
}

function release(path: string, owner: Owner): void {
  const current = readOwner(path);
  if (current && isSame(current, owner)) rmSync(path, { force: true });
}

function removeStale(folder: string, path: string, mine: string): void {
  const holder = readOwner(path);
  if (!holder) return;
  if (isAlive(holder)) throw new FolderLocked(folder, holder.pid);
  const aside = `${mine}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return; // Another process was faster; look again.
  }
  const taken = readOwner(aside);
  if (taken && isAlive(taken)) {
    // It took the lock between our look and our rename: give it back.
    try {
      linkSync(aside, path);
    } catch {
      // A third one has it; the loop will say so.
    }
    rmSync(aside, { force: true });
    throw new FolderLocked(folder, taken.pid);
  }
  rmSync(aside, { force: true });
}

function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    // Unreadable: a power cut left it empty; whoever wrote it is gone.
    return { pid: 0 };
  }
}

function isAlive(owner: Owner): boolean {
  const now = ownerOf(owner.pid);
  return now !== undefined && isSame(now, owner);
}

function isSame(a: Owner, b: Owner): boolean {
  return (
    a.pid === b.pid && (a.startedAt === undefined || b.startedAt === undefined || a.startedAt === b.startedAt)
  );
}

function ownerOf(pid: number): Owner | undefined {
  if (!(pid > 0)) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  try {
    // Fields after the command name, which may itself hold spaces and brackets; the 22nd is the start time.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    return { pid, startedAt: fields[19] as string };
  } catch {
    return { pid };
  }
}
