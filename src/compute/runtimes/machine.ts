/** Where programs are looked for, and where what Brume fetched itself is kept. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

export interface Machine {
  /** Folders of PATH, in order. */
  readonly path: readonly string[];
  readonly home: string;
  /** What `brume runtimes install` fetched; see docs/runtimes.md. */
  readonly cache: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** This machine, as its variables tell: BRUME_CACHE, else XDG_CACHE_HOME/brume, else ~/.cache/brume. */
export function thisMachine(
  variables: Readonly<Record<string, string | undefined>> = process.env,
  home: string = homedir(),
): Machine {
  const xdg = variables.XDG_CACHE_HOME;
  // A relative path there is to be ignored: https://specifications.freedesktop.org/basedir-spec/latest/
  const caches = xdg?.startsWith('/') ? xdg : join(home, '.cache');
  return {
    path: (variables.PATH ?? '').split(delimiter).filter(Boolean),
    home,
    cache: variables.BRUME_CACHE || join(caches, 'brume'),
    variables,
  };
}

/** The files named `name` in the folders of PATH, in order. */
export function onPath(machine: Machine, name: string): string[] {
  return machine.path.map((folder) => join(folder, name)).filter((file) => existsSync(file));
}

/** The folders in `folder`, none when it isn't there. */
export function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** What a program says on standard output; undefined when it can't run, fails or takes more than half a minute. */
export async function ask(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, [...args], { timeout: 30_000 });
    return stdout;
  } catch {
    return undefined;
  }
}
