/** Picks the sandbox driver once, at first need. */
import type { SandboxDescription } from '../port.ts';
import { BwrapDriver } from './bwrap.ts';
import type { SandboxDriver } from './port.ts';
import { ProcessDriver } from './process.ts';

export type SandboxChoice = 'auto' | 'bwrap' | 'process' | 'container';

/** What a cloud on this machine would isolate functions with, for `brume doctor`. */
export async function describeIsolation(): Promise<SandboxDescription> {
  const driver = await chooseDriver('auto');
  const description = driver.describe();
  driver.close?.();
  return description;
}

/** @throws Error when the wanted driver can't work here; `auto` never throws. */
export async function chooseDriver(choice: SandboxChoice): Promise<SandboxDriver> {
  if (choice === 'container') {
    throw new Error('Functions in container images are not built yet; use --sandbox bwrap or process.');
  }
  if (choice === 'process') return new ProcessDriver('the process driver was asked for');
  const why = await BwrapDriver.probe();
  if (why === undefined) return new BwrapDriver();
  if (choice === 'bwrap') throw new Error(why);
  return new ProcessDriver(why);
}
