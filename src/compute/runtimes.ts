/** Which runtimes can run here, and with which program. */
import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

export type RuntimeKind = 'nodejs' | 'python' | 'provided';

/** A language installed on this machine. */
export interface Language {
  readonly kind: RuntimeKind;
  /** The program, links resolved. */
  readonly program: string;
  /** Folder that holds the program and its library, when both must be shown to a sandbox. */
  readonly prefix?: string;
  /** `24.21.0`. */
  readonly version: string;
}

const known = /^(nodejs|python|provided|java|dotnet|ruby|go)(\d[\d.]*x?|\.al\d+|)/;

/** `nodejs24.x` → `nodejs`; undefined for a runtime that this room can't run. */
export function kindOf(runtime: string): RuntimeKind | undefined {
  const name = known.exec(runtime)?.[1];
  return name === 'nodejs' || name === 'python' || name === 'provided' ? name : undefined;
}

/** Finds the languages of this machine, once each. */
export class Languages {
  readonly #found = new Map<string, Promise<Language | undefined>>();

  /** The language that runs `runtime`; for Python the exact version when the machine has it, else its `python3`. */
  find(runtime: string): Promise<Language | undefined> {
    const key = kindOf(runtime) === 'python' ? runtime : (kindOf(runtime) ?? runtime);
    let found = this.#found.get(key);
    if (!found) {
      found = this.#look(runtime);
      this.#found.set(key, found);
    }
    return found;
  }

  /** Why `runtime` can't run here, or undefined when it can. */
  async missing(runtime: string): Promise<string | undefined> {
    const kind = kindOf(runtime);
    if (!kind) return `Brume runs nodejs, python and provided runtimes; ${runtime} isn't among them yet.`;
    if (await this.find(runtime)) return undefined;
    return `No python3 was found on this machine; install Python 3.8 or newer to run ${runtime}.`;
  }

  async #look(runtime: string): Promise<Language | undefined> {
    switch (kindOf(runtime)) {
      case 'nodejs':
        return { kind: 'nodejs', program: realpathSync(process.execPath), version: process.versions.node };
      case 'python':
        return (await this.#python(runtime)) ?? (await this.#python('python3'));
      case 'provided':
        return { kind: 'provided', program: '', version: '' };
      default:
        return undefined;
    }
  }

  async #python(name: string): Promise<Language | undefined> {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const candidate = join(folder, name);
      if (!existsSync(candidate)) continue;
      try {
        // A version manager's shim isn't the program: ask it what it runs. `-I -S`: no site, nothing of the user's.
        const script =
          'import sys,platform;print(sys.executable);print(sys.base_prefix);print(platform.python_version())';
        const { stdout } = await promisify(execFile)(candidate, ['-I', '-S', '-c', script], {
          timeout: 5000,
        });
        const [executable = '', prefix = '', version = ''] = stdout.split('\n');
        const [major = 0, minor = 0] = version.split('.').map(Number);
        if (major !== 3 || minor < 8) continue;
        const program = realpathSync(executable);
        const own = prefix !== '/usr' && dirname(dirname(program)) === realpathSync(prefix);
        return { kind: 'python', program, version, ...(own ? { prefix: realpathSync(prefix) } : {}) };
      } catch {
        // A shim for a version that isn't installed fails; the next folder may have it.
      }
    }
    return undefined;
  }
}
