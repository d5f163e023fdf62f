/** A plain child process: the fallback where no sandbox is to be had (macOS, containers without namespaces). */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SandboxDescription } from '../port.ts';
import type { Sdk } from '../runtimes/sdk.ts';
import type { Launch, SandboxDriver, SandboxPaths, SandboxRequest } from './port.ts';

export class ProcessDriver implements SandboxDriver {
  readonly name = 'process';
  readonly keepsCode = false;
  readonly #why: string;

  /** @param why what kept a better driver from being chosen. */
  constructor(why: string) {
    this.#why = why;
  }

  describe(): SandboxDescription {
    return {
      driver: this.name,
      protections: ['a process and an environment of its own'],
      missing: [
        `${this.#why}; functions run as plain processes of this user`,
        'a function can read what this user can read, signal its processes and use the control plane (/_brume/); /tmp is shared and of no bounded size',
        'the AWS paths /var/task and /opt don’t exist: functions must use LAMBDA_TASK_ROOT',
      ],
    };
  }

  paths(folder: string): SandboxPaths {
    return {
      task: join(folder, 'task'),
      opt: join(folder, 'opt'),
      runtime: join(folder, 'runtime'),
      sdk: join(folder, 'sdk'),
    };
  }

  address(): string {
    return '127.0.0.1';
  }

  launch(request: SandboxRequest): Launch {
    const { language, folder, runtimeFolder } = request;
    const paths = this.paths(folder);
    if (language.kind === 'nodejs' && language.sdk) this.#showSdk(language.sdk, folder);
    if (language.kind === 'python' && language.sdk) symlinkSync(language.sdk.folder, paths.sdk);
    if (runtimeFolder) symlinkSync(runtimeFolder, paths.runtime);
    const environment: Record<string, string> = { ...request.variables };
    if (language.program) environment.PATH = `${dirname(language.program)}:${environment.PATH ?? ''}`;
    // A program of the function's own has no wrapper.
    const wrapper = request.program ? undefined : request.variables.AWS_LAMBDA_EXEC_WRAPPER;
    const program = [request.program ?? language.program, ...request.args];
    const [command = '', ...args] = [...(request.before ?? []), ...(wrapper ? [wrapper] : []), ...program];
    return { command, args, environment, cwd: paths.task };
  }

  /** Node looks in the parent of the code folder too; the SDK stands there as links. */
  #showSdk(sdk: Sdk, folder: string): void {
    const modules = join(folder, 'node_modules');
    if (existsSync(modules)) return;
    mkdirSync(modules, { recursive: true });
    for (const name of sdk.public) {
      symlinkSync(join(sdk.folder, name), join(modules, name));
    }
  }
}
