/** A plain child process: the fallback where no sandbox is to be had (macOS, containers without namespaces). */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SandboxDescription } from '../port.ts';
import {
  customBootstrap,
  type Launch,
  type SandboxDriver,
  type SandboxPaths,
  type SandboxRequest,
} from './port.ts';
import type { Sdk } from './sdk.ts';

export class ProcessDriver implements SandboxDriver {
  readonly name = 'process';
  readonly #sdk: Sdk | undefined;
  readonly #why: string;

  /** @param why what kept a better driver from being chosen. */
  constructor(sdk: Sdk | undefined, why: string) {
    this.#sdk = sdk;
    this.#why = why;
  }

  describe(): SandboxDescription {
    return {
      driver: this.name,
      protections: ['a process and an environment of its own'],
      missing: [
        `${this.#why}; functions run as plain processes of this user`,
        'a function can read what this user can read, and /tmp is shared',
        'the AWS paths /var/task and /opt don’t exist: functions must use LAMBDA_TASK_ROOT',
      ],
    };
  }

  paths(folder: string): SandboxPaths {
    return { task: join(folder, 'task'), opt: join(folder, 'opt'), runtime: join(folder, 'runtime') };
  }

  launch(request: SandboxRequest): Launch {
    const { task } = this.paths(request.folder);
    if (request.language.kind === 'nodejs' && this.#sdk) this.#showSdk(this.#sdk, request.folder);
    const environment: Record<string, string> = { ...request.variables };
    if (request.language.program) {
      environment.PATH = `${dirname(request.language.program)}:${environment.PATH ?? ''}`;
    }
    if (!request.bootstrap) {
      const command = join(request.folder, customBootstrap(request.folder), 'bootstrap');
      return { command, args: [], environment, cwd: task };
    }
    const { AWS_LAMBDA_EXEC_WRAPPER: wrapper } = request.variables;
    const program = [request.language.program, ...request.flags, request.bootstrap];
    const [command = '', ...args] = wrapper ? [wrapper, ...program] : program;
    return { command, args, environment, cwd: task };
  }

  /** Node looks in the parent of the code folder too; the SDK stands there as links. */
  #showSdk(sdk: Sdk, folder: string): void {
    const modules = join(folder, 'node_modules');
    if (existsSync(modules)) return;
    mkdirSync(modules, { recursive: true });
    for (const name of sdk.names.filter((name) => name.startsWith('@'))) {
      symlinkSync(join(sdk.folder, name), join(modules, name));
    }
  }
}
