/** How much memory the processes of an environment hold. Linux only; elsewhere it says nothing. */
import { readFileSync } from 'node:fs';

const pageBytes = 4096;
/** Deeper or wider trees than this aren't walked to their end: the process limit bounds them anyway. */
const processesWalkedMax = 256;

/** Resident memory in bytes of `pid` and all its descendants, or undefined when the machine doesn't tell. */
export function residentBytes(pid: number): number | undefined {
  let total = 0;
  const pending = [pid];
  for (let walked = 0; walked < processesWalkedMax; walked++) {
    const current = pending.pop();
    if (current === undefined) break;
    try {
      const [, resident = '0'] = readFileSync(`/proc/${current}/statm`, 'latin1').split(' ');
      total += Number(resident) * pageBytes;
      const children = readFileSync(`/proc/${current}/task/${current}/children`, 'latin1');
      for (const child of children.split(' ')) if (child) pending.push(Number(child));
    } catch {
      // The process ended while we looked, or this isn't Linux.
      if (current === pid) return undefined;
    }
  }
  return total;
}

/** The most that an environment has held. */
export class MemoryUse {
  /** Mebibytes. */
  usedMb = 0;

  isExceeded = false;

  /** @param bytes resident now; 0 where the machine doesn't tell. */
  sample(bytes: number): void {
    this.usedMb = Math.max(this.usedMb, Math.ceil(bytes / 1024 / 1024));
  }

  /** Once it holds more than it may, it is to be ended. @param bytes resident now. */
  exceeds(bytes: number, limitMb: number): boolean {
    this.sample(bytes);
    if (bytes > limitMb * 1024 * 1024) {
      this.isExceeded = true;
      this.usedMb = limitMb;
    }
    return this.isExceeded;
  }

  /** @param body of a frame that begins with the runtime's peak in KiB. */
  told(body: Buffer): void {
    this.usedMb = Math.max(this.usedMb, Math.ceil(body.readUInt32BE(0) / 1024));
  }
}
