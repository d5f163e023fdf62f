/** A sandbox driver says how to start a program so that it sees its own function and little else. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxDescription } from '../port.ts';
import type { Language } from '../runtimes.ts';

export interface SandboxRequest {
  readonly id: string;
  /** Holds `task/` and `opt/`, empty, seen read-only by the program as its code and its layers. */
  readonly folder: string;
  readonly language: Language;
  /** The bootstrap on the host; the program's first argument. Absent: the function's own `bootstrap` is the program. */
  readonly bootstrap?: string;
  /** Arguments for the program before the bootstrap. */
  readonly flags: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly ephemeralStorageMb: number;
  /** A number that no other living environment has, below 10,000. */
  readonly slot: number;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Where the program finds its things. */
export interface SandboxPaths {
  /** LAMBDA_TASK_ROOT. */
  readonly task: string;
  readonly opt: string;
  readonly runtime: string;
}

export interface SandboxDriver {
  readonly name: string;
  describe(): SandboxDescription;
  paths(folder: string): SandboxPaths;
  launch(request: SandboxRequest): Launch;
}

/** Where the program of a custom runtime is: with the code, else in a layer. */
export function customBootstrap(folder: string): 'task' | 'opt' {
  return !existsSync(join(folder, 'task', 'bootstrap')) && existsSync(join(folder, 'opt', 'bootstrap'))
    ? 'opt'
    : 'task';
}
