/** Processes that have left the group of the process which they descend from: a signal to the group doesn't reach them. */
import { readFileSync } from 'node:fs';
import { processesFrom } from './memory.ts';

/** @param pid leads its group. @returns none where the machine doesn't tell (Linux does). */
export function processesOutside(pid: number): number[] {
  const found = processesFrom(pid) ?? [];
  return found.map((process) => process.pid).filter((each) => each !== pid && groupOf(each) !== pid);
}

function groupOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // pid (name) state parent group; the name may hold anything.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    return undefined;
  }
}
