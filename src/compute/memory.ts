/** How much memory the processes of an environment hold. Linux only; elsewhere it says nothing. */
import { readFileSync, statfsSync } from 'node:fs';
import { processesMax } from './limits.ts';
import type { ControlGroup } from './sandbox/cgroups.ts';

const pageBytes = 4096;
/** A sandbox can't have more, but for its own first ones. */
const processesWalkedMax = processesMax + 8;
/** Asking the kernel for a proportional share walks all pages of a process: a millisecond and more. */
const processesAskedMax = 16;

/**
 * Bytes held by `pid` and all its descendants; what they share with each other is counted once where it matters: when the
 * sum of what is resident is more than `boundBytes`. Undefined when the machine doesn't tell.
 */
export function residentBytes(pid: number, boundBytes = Number.POSITIVE_INFINITY): number | undefined {
  const found = processesFrom(pid);
  if (!found) return undefined;
  let resident = 0;
  for (const process of found) resident += process.resident;
  if (resident <= boundBytes) return resident;
  let held = 0;
  const isAsked = found.length <= processesAskedMax;
  for (const process of found) {
    const share = isAsked ? proportionalBytes(process.pid) : undefined;
    // What isn't shared with files is the next best: copies that are still common count twice.
    held += share ?? process.resident - process.shared;
  }
  return held;
}

/** Files of memory below this aren't looked at any closer. */
const sharedBytesIgnored = 4 * 1024 * 1024;

/** Bytes that a control group's processes hold, /tmp not included. @param pid of the sandbox's first process, outside. */
export function chargedBytes(group: ControlGroup, pid: number): number | undefined {
  try {
    const { anonymous, shared } = group.memory();
    if (shared < sharedBytesIgnored) return anonymous;
    return anonymous + Math.max(0, shared - storedBytes(pid));
  } catch {
    // It ended while we looked.
    return undefined;
  }
}

/** What is in /tmp. All there could be when nobody may look: rather too much than a kill for nothing. */
function storedBytes(pid: number): number {
  try {
    const [first] = childrenOf(pid);
    const { blocks, bfree, bsize } = statfsSync(`/proc/${first}/root/tmp`);
    return (blocks - bfree) * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** `pid` and all its descendants; undefined when the machine doesn't tell. Sizes in bytes. */
export function processesFrom(pid: number): { pid: number; resident: number; shared: number }[] | undefined {
  const found: { pid: number; resident: number; shared: number }[] = [];
  const pending = [pid];
  while (found.length < processesWalkedMax) {
    const current = pending.pop();
    if (current === undefined) break;
    try {
      const [, resident = '0', shared = '0'] = readFileSync(`/proc/${current}/statm`, 'latin1').split(' ');
      found.push({
        pid: current,
        resident: Number(resident) * pageBytes,
        shared: Number(shared) * pageBytes,
      });
      pending.push(...childrenOf(current));
    } catch {
      // The process ended while we looked, or this isn't Linux.
      if (current === pid) return undefined;
    }
  }
  return found;
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
  return children.split(' ').filter(Boolean).map(Number);
}

/** Each page divided by how many processes have it. Undefined when we may not look. */
function proportionalBytes(pid: number): number | undefined {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

/** The most that an environment has held. */
export class MemoryUse {
  /** Mebibytes. */
  usedMb = 0;

  isExceeded = false;

  /** @param bytes held now; 0 where the machine doesn't tell. */
  sample(bytes: number): void {
    this.usedMb = Math.max(this.usedMb, Math.ceil(bytes / 1024 / 1024));
  }

  /** Once it holds more than it may, it is to be ended. @param bytes held now. */
  exceeds(bytes: number, limitMb: number): boolean {
    this.sample(bytes);
    if (bytes > limitMb * 1024 * 1024) this.ranOut(limitMb);
    return this.isExceeded;
  }

  /** All that it may hold was used up. */
  ranOut(limitMb: number): void {
    this.isExceeded = true;
    this.usedMb = limitMb;
  }

  /** @param body of a frame that begins with the runtime's peak in KiB. */
  told(body: Buffer): void {
    this.usedMb = Math.max(this.usedMb, Math.ceil(body.readUInt32BE(0) / 1024));
  }
}
