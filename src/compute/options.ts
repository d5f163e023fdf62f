/** How a computer is set up. */
import type { Clock, Ids } from '../kernel/index.ts';
import type { Machine } from './runtimes/machine.ts';
import type { SandboxChoice } from './sandbox/choose.ts';

export interface ComputerOptions {
  /** Folder for the environments' files; made when missing. On the device of the code folders, links are used. */
  folder: string;
  ids: Ids;
  /** Functions run in the machine's time, whatever a test does to the cloud's clock. */
  clock?: Clock;
  sandbox?: SandboxChoice;
  /** Pre-warmed environments per shape; 0 for none. */
  prewarmed?: number;
  /** Environments in all. */
  environmentsMax?: number;
  /** How long an environment without invocations is kept. Milliseconds. */
  keepIdleMs?: number;
  /** Only the version of a language that a runtime's identifier names will do. */
  strictRuntimes?: boolean;
  /** Where to look for languages; this machine when absent. */
  machine?: Machine;
}
