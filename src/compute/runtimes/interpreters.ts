/** The interpreters of this machine: on PATH, where version managers put them, and what Brume fetched itself. */
import { closeSync, existsSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { identifierNames, isExact, type RuntimeIdentifier } from './identifiers.ts';
import { ask, foldersIn, type Machine, onPath } from './machine.ts';

/** Families whose programs an interpreter of the machine runs. */
export type InterpretedFamily = 'nodejs' | 'python' | 'java' | 'ruby' | 'dotnet';

export interface Interpreter {
  readonly family: InterpretedFamily;
  /** Links resolved. */
  readonly program: string;
  /** `24.21.0`. */
  readonly version: string;
  /** Folder that holds the program and its library, when both must be shown to a sandbox. */
  readonly prefix?: string;
  /** Further files and folders that it needs, where they are. */
  readonly shows?: readonly string[];
}

/** A program that may be an interpreter; its place may tell which. */
interface Candidate {
  readonly program: string;
  /** The version its name or folder promises: `3.12`, `22.19.0`. */
  readonly hint?: string;
}

interface Search {
  candidates(machine: Machine): Candidate[];
  /** What the program is; none when it can't be used. .NET's one program runs several versions. */
  look(program: string): Promise<Interpreter[]>;
}

/** Finds interpreters, and remembers what it has found out about each program. */
export class Interpreters {
  readonly #machine: Machine;
  readonly #known = new Map<string, Promise<Interpreter[]>>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Those whose name promises the identifier's version and who keep that promise: one at most, found quickly. */
  async exact(
    identifier: RuntimeIdentifier & { family: InterpretedFamily },
  ): Promise<Interpreter | undefined> {
    const search = searches[identifier.family];
    for (const { program, hint } of search.candidates(this.#machine)) {
      if (hint === undefined || !isExact(identifier, hint)) continue;
      for (const found of await this.#look(identifier.family, program)) {
        if (isExact(identifier, found.version)) return found;
      }
    }
    return undefined;
  }

  /** All of a family that Brume can use. Asks each program for its version once. */
  async all(family: InterpretedFamily): Promise<Interpreter[]> {
    const programs = new Set(searches[family].candidates(this.#machine).map(({ program }) => program));
    const found = await Promise.all([...programs].map((program) => this.#look(family, program)));
    const unique = new Map<string, Interpreter>();
    for (const interpreter of found.flat()) {
      const key = `${interpreter.program}:${interpreter.version}`;
      if (!unique.has(key)) unique.set(key, interpreter);
    }
    return [...unique.values()];
  }

  #look(family: InterpretedFamily, program: string): Promise<Interpreter[]> {
    let looking = this.#known.get(program);
    if (!looking) {
      looking = searches[family].look(program).catch(() => []);
      this.#known.set(program, looking);
    }
    return looking;
  }
}

/** The oldest version that Brume's bootstraps run on. */
export const oldest = { nodejs: [14, 18], python: [3, 6] } as const;

/** `versions/22.19.0/bin/node` and the like: the folder's name tells the version. */
function versioned(folder: string, program: string): Candidate[] {
  return foldersIn(folder)
    .map((path) => ({
      program: join(path, program),
      hint: /(\d+(\.\d+)*)/.exec(basename(path))?.[1] ?? '',
    }))
    .filter((candidate) => existsSync(candidate.program));
}

const node: Search = {
  candidates(machine) {
    const { home, cache } = machine;
    return [
      // What was asked for comes first, then the one that Brume runs on.
      ...versioned(join(cache, 'nodejs'), 'bin/node').reverse(),
      { program: process.execPath, hint: process.versions.node },
      ...versioned(join(home, '.nvm/versions/node'), 'bin/node').reverse(),
      ...versioned(join(home, '.local/share/fnm/node-versions'), 'installation/bin/node').reverse(),
      ...versioned(join(home, '.volta/tools/image/node'), 'bin/node').reverse(),
      ...versioned(join(home, '.asdf/installs/nodejs'), 'bin/node').reverse(),
      ...versioned(join(home, '.local/share/mise/installs/node'), 'bin/node').reverse(),
      ...onPath(machine, 'node').map((program) => ({ program })),
    ];
  },
  async look(program) {
    const real = realpathSync(program);
    const own = real === realpathSync(process.execPath);
    const said = own ? process.versions.node : await ask(program, ['-p', 'process.versions.node']);
    const version = said?.trim() ?? '';
    // A version manager's shim isn't the program: a sandbox doesn't have what it needs to find it.
    if (!atLeast(version, oldest.nodejs) || !isBinary(real)) return [];
    return [{ family: 'nodejs', program: real, version }];
  },
};

const python: Search = {
  candidates(machine) {
    const { home } = machine;
    const minors = identifierNames.flatMap((name) => /^python(3\.\d+)$/.exec(name)?.[1] ?? []);
    return [
      ...minors.flatMap((minor) =>
        onPath(machine, `python${minor}`).map((program) => ({ program, hint: minor })),
      ),
      ...versioned(join(home, '.pyenv/versions'), 'bin/python3'),
      ...versioned(join(home, '.local/share/uv/python'), 'bin/python3'),
      ...versioned(join(home, '.asdf/installs/python'), 'bin/python3'),
      ...versioned(join(home, '.local/share/mise/installs/python'), 'bin/python3'),
      ...onPath(machine, 'python3').map((program) => ({ program })),
    ];
  },
  async look(program) {
    // A version manager's shim isn't the program: ask it what it runs. `-I -S`: no site, nothing of the user's.
    const script =
      'import sys,platform;print(sys.executable);print(sys.base_prefix);print(platform.python_version())';
    const said = await ask(program, ['-I', '-S', '-c', script]);
    const [executable = '', prefix = '', version = ''] = said?.split('\n') ?? [];
    if (!atLeast(version, oldest.python)) return [];
    const real = realpathSync(executable);
    const own = prefix !== '/usr' && dirname(dirname(real)) === realpathSync(prefix);
    return [{ family: 'python', program: real, version, ...(own ? { prefix: realpathSync(prefix) } : {}) }];
  },
};

const java: Search = {
  candidates(machine) {
    const { home, variables } = machine;
    const homes = [
      ...(variables.JAVA_HOME ? [variables.JAVA_HOME] : []),
      ...onPath(machine, 'java').map((program) => dirname(dirname(realpathSync(program)))),
      ...foldersIn('/usr/lib/jvm'),
      ...foldersIn(join(home, '.sdkman/candidates/java')),
      ...foldersIn(join(home, '.local/share/mise/installs/java')),
      ...foldersIn(join(home, '.asdf/installs/java')),
      ...foldersIn('/Library/Java/JavaVirtualMachines').map((folder) => join(folder, 'Contents/Home')),
    ];
    return homes
      .map((folder) => ({ program: join(folder, 'bin', 'java'), hint: javaVersion(folder) ?? '' }))
      .filter(({ program, hint }) => hint !== '' && existsSync(program));
  },
  async look(program) {
    const real = realpathSync(program);
    // Java 8's `java` may stand in `jre/bin` of the folder that knows the version.
    const prefix = dirname(dirname(real)).replace(/\/jre$/, '');
    const version = javaVersion(prefix);
    if (version === undefined) return [];
    // Distributions keep a JDK's configuration in /etc, with links to it.
    const shows = foldersIn('/etc').filter((path) => /\/java(-\d+-openjdk)?$/.test(path));
    const own = prefix.startsWith(`${sep}usr${sep}`) ? {} : { prefix };
    return [{ family: 'java', program: real, version, shows, ...own }];
  },
};

/** Every JDK since 8 says in a file what it is: starting one to ask it takes a while. `1.8.0_402` is 8.0.402. */
function javaVersion(home: string): string | undefined {
  try {
    const release = readFileSync(join(home, 'release'), 'utf8');
    const text = /^JAVA_VERSION="?([\d._]+)/m.exec(release)?.[1];
    return text?.replace(/^1\./, '').replace('_', '.');
  } catch {
    return undefined;
  }
}

const ruby: Search = {
  candidates(machine) {
    const { home } = machine;
    return [
      ...versioned(join(home, '.rbenv/versions'), 'bin/ruby'),
      ...versioned(join(home, '.asdf/installs/ruby'), 'bin/ruby'),
      ...versioned(join(home, '.local/share/mise/installs/ruby'), 'bin/ruby'),
      ...onPath(machine, 'ruby').map((program) => ({ program })),
    ];
  },
  async look(program) {
    const script = 'puts RbConfig.ruby, RbConfig::CONFIG["prefix"], RUBY_VERSION';
    const said = await ask(program, ['--disable=gems', '-rrbconfig', '-e', script]);
    const [executable = '', prefix = '', version = ''] = said?.split('\n') ?? [];
    if (version === '') return [];
    const own = prefix === '/usr' ? {} : { prefix: realpathSync(prefix) };
    return [{ family: 'ruby', program: realpathSync(executable), version, ...own }];
  },
};

const dotnet: Search = {
  candidates(machine) {
    const root = machine.variables.DOTNET_ROOT;
    const programs = [
      ...(root ? [join(root, 'dotnet')] : []),
      ...onPath(machine, 'dotnet'),
      join(machine.home, '.dotnet', 'dotnet'),
    ];
    return programs.filter((program) => existsSync(program)).map((program) => ({ program }));
  },
  async look(program) {
    const said = (await ask(program, ['--list-runtimes'])) ?? '';
    const real = realpathSync(program);
    const own = real.startsWith(`${sep}usr${sep}`) ? {} : { prefix: dirname(real) };
    return [...said.matchAll(/^Microsoft\.NETCore\.App (\d+\.\d+\.\d+) /gm)].map(([, version = '']) => ({
      family: 'dotnet',
      program: real,
      version,
      ...own,
    }));
  },
};

const searches: Readonly<Record<InterpretedFamily, Search>> = { nodejs: node, python, java, ruby, dotnet };

export function isInterpreted(
  identifier: RuntimeIdentifier,
): identifier is RuntimeIdentifier & { family: InterpretedFamily } {
  return identifier.family in searches;
}

function atLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = Number.NaN, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/** False for a script that finds and starts another program. */
function isBinary(path: string): boolean {
  const start = Buffer.alloc(2);
  const file = openSync(path, 'r');
  readSync(file, start);
  closeSync(file);
  return start.toString('latin1') !== '#!';
}
