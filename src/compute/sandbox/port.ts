/** A sandbox driver says how to start a program so that it sees its own function and little else. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxDescription } from '../port.ts';
import type { Language } from '../runtimes/languages.ts';
import type { ControlGroup } from './cgroups.ts';

export interface SandboxRequest {
  readonly id: string;
  /** Holds `task/`, `opt/` and `code/`, empty, seen read-only: the code, the layers and what was compiled of them. */
  readonly folder: string;
  readonly language: Language;
  /** Folder with the compiled code of the AWS SDK, when there is one. */
  readonly sdkCode?: string;
  /** Folder of the machine with the runtime's own files, seen read-only as `SandboxPaths.runtime`. */
  readonly runtimeFolder?: string;
  /** The function's own program, by its path inside. Absent: the language's program. */
  readonly program?: string;
  /** Arguments of the program; paths are those inside. */
  readonly args: readonly string[];
  /** What stands before the program: the command line of a process that starts it. */
  readonly before?: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly ephemeralStorageMb: number;
  /** A number that no other living environment has, below 10,000. */
  readonly slot: number;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** A file to be open for the program at `filterDescriptor`. */
  readonly filter?: string;
  /** Counts and bounds what the sandbox holds; it is removed when all is over. */
  readonly group?: ControlGroup;
}

/** Descriptors of a sandbox's channels come first: the runtime's, and the supervisor's where there is one. */
export function filterDescriptor(isSupervised: boolean): number {
  return isSupervised ? 8 : 5;
}

/** Where the program finds its things. */
export interface SandboxPaths {
  /** LAMBDA_TASK_ROOT. */
  readonly task: string;
  readonly opt: string;
  readonly runtime: string;
  /** Packages of the AWS SDK for Python, when there are any. */
  readonly sdk: string;
}

export interface SandboxDriver {
  readonly name: string;
  /** Programs find the same code at the same path every time, and a place for what they compile of it. */
  readonly keepsCode: boolean;
  describe(): SandboxDescription;
  paths(folder: string): SandboxPaths;
  /** Where servers inside the sandbox of this slot are reached; inside, `sandbox.localdomain` names it. */
  address(slot: number): string;
  launch(request: SandboxRequest): Launch;
  /** Gives back what it holds of the machine, once all sandboxes are gone. */
  close?(): void;
}

/** Where the program of a custom runtime is: with the code, else in a layer. */
export function customBootstrap(folder: string): 'task' | 'opt' {
  return !existsSync(join(folder, 'task', 'bootstrap')) && existsSync(join(folder, 'opt', 'bootstrap'))
    ? 'opt'
    : 'task';
}
