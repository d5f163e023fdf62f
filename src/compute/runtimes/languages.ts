/** Which program of this machine runs which runtime. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { identifierNames, isExact, nearest, parseIdentifier, type RuntimeIdentifier } from './identifiers.ts';
import {
  type InterpretedFamily,
  type Interpreter,
  Interpreters,
  isInterpreted,
  oldest,
} from './interpreters.ts';
import { ask, type Machine, thisMachine } from './machine.ts';
import { findSdk, type Sdk } from './sdk.ts';

/** `nodejs`, `python` and `ruby` run Brume's own bootstraps, the others speak the Runtime API. */
export type RuntimeKind = InterpretedFamily | 'provided' | 'image';

/** What runs functions of a runtime on this machine. */
export interface Language {
  readonly kind: RuntimeKind;
  /** Equal ids can share sandboxes that are up before there is a function. */
  readonly id: string;
  /** The program, links resolved; for a runtime that brings its own, empty. */
  readonly program: string;
  /** Folder that holds the program and its library, when both must be shown to a sandbox. */
  readonly prefix?: string;
  /** Further files and folders that it needs, where they are. */
  readonly shows: readonly string[];
  /** `24.21.0`. */
  readonly version: string;
  readonly sdk?: Sdk;
  /** Folder with AWS's runtime interface client for it, in the cache; .NET programs bring theirs. */
  readonly client?: string;
  /** go1.x: the handler names the program. */
  readonly handlerIsProgram?: boolean;
}

/** A runtime as `brume runtimes` lists it. */
export interface RuntimeFinding {
  readonly identifier: string;
  /** Absent where the function brings its own program, and where nothing was found. */
  readonly interpreter?: Interpreter;
  readonly status: 'exact' | 'nearest' | 'missing';
  /** What to do about a status that isn't `exact`, and about an SDK that isn't there. */
  readonly advice?: string;
}

const cacheFolders = ['', 'nodejs', 'nodejs-sdk', 'aws-sdk', 'python-sdk', 'java'];

/** Finds the languages of this machine, and again when `brume runtimes install` has changed what there is. */
export class Languages {
  readonly #machine: Machine;
  readonly #strict: boolean;
  readonly #found = new Map<string, Promise<Language | undefined>>();
  #interpreters: Interpreters;
  #cacheState: string;

  /** @param strict only the version that the identifier names will do. */
  constructor(options: { machine?: Machine; strict?: boolean } = {}) {
    this.#machine = options.machine ?? thisMachine();
    this.#strict = options.strict ?? false;
    this.#interpreters = new Interpreters(this.#machine);
    this.#cacheState = this.#stateOfCache();
  }

  /** What runs `runtime`; undefined when nothing here can. */
  find(runtime: string): Promise<Language | undefined> {
    this.#notice();
    let found = this.#found.get(runtime);
    if (!found) {
      found = this.#look(runtime);
      this.#found.set(runtime, found);
    }
    return found;
  }

  /** Why `runtime` can't run here and what to do about it, or undefined when it can. */
  async missing(runtime: string): Promise<string | undefined> {
    if (await this.find(runtime)) return undefined;
    const identifier = parseIdentifier(runtime);
    if (!identifier || !isInterpreted(identifier)) return `${runtime} isn't the name of a runtime.`;
    const interpreter = await this.#interpreter(identifier);
    if (!interpreter) {
      const wanted = this.#strict
        ? `exactly ${versionName(identifier)} (--strict-runtimes)`
        : names[identifier.family];
      return `${runtime} needs ${wanted}, which wasn't found on this machine. ${howToGet(identifier)}`;
    }
    return `${runtime} runs on ${interpreter.program}, but AWS's runtime interface client isn't here. Run \`brume runtimes install ${identifier.family}\`.`;
  }

  /** Every runtime that AWS has or had. */
  async list(): Promise<RuntimeFinding[]> {
    return Promise.all(identifierNames.map((name) => this.#finding(name)));
  }

  async #finding(name: string): Promise<RuntimeFinding> {
    const identifier = parseIdentifier(name) as RuntimeIdentifier;
    if (!isInterpreted(identifier)) return { identifier: name, status: 'exact' };
    const interpreter = await this.#interpreter(identifier);
    const missing = await this.missing(name);
    if (!interpreter || missing !== undefined) {
      const found = interpreter ? { interpreter } : {};
      return { identifier: name, status: 'missing', ...found, ...(missing ? { advice: missing } : {}) };
    }
    const exact = isExact(identifier, interpreter.version);
    const advice = exact ? undefined : howToGet(identifier);
    return {
      identifier: name,
      interpreter,
      status: exact ? 'exact' : 'nearest',
      ...(advice === undefined ? {} : { advice }),
    };
  }

  async #look(runtime: string): Promise<Language | undefined> {
    const identifier = parseIdentifier(runtime);
    if (!identifier) return undefined;
    if (!isInterpreted(identifier)) {
      const handlerIsProgram = identifier.family === 'go' ? { handlerIsProgram: true } : {};
      return { kind: 'provided', id: runtime, program: '', shows: [], version: '', ...handlerIsProgram };
    }
    const interpreter = await this.#interpreter(identifier);
    if (!interpreter) return undefined;
    const { family, program, version, prefix } = interpreter;
    const client = clientFolder(this.#machine, family);
    if (client !== undefined && !existsSync(client)) return undefined;
    const sdk = findSdk(identifier, version, this.#machine);
    return {
      kind: family,
      id: `${program}:${version}:${sdk?.id ?? ''}`,
      program,
      version,
      shows: interpreter.shows ?? [],
      ...(prefix === undefined ? {} : { prefix }),
      ...(sdk ? { sdk } : {}),
      ...(client === undefined ? {} : { client }),
    };
  }

  async #interpreter(
    identifier: RuntimeIdentifier & { family: InterpretedFamily },
  ): Promise<Interpreter | undefined> {
    const exact = await this.#interpreters.exact(identifier);
    if (exact) return exact;
    const all = await this.#interpreters.all(identifier.family);
    const found = nearest(identifier, all);
    return found && this.#strict && !isExact(identifier, found.version) ? undefined : found;
  }

  /** Forgets what was found when the cache has changed since. */
  #notice(): void {
    const state = this.#stateOfCache();
    if (state === this.#cacheState) return;
    this.#cacheState = state;
    this.#found.clear();
    this.#interpreters = new Interpreters(this.#machine);
  }

  /** Names and times: either alone may stay the same. */
  #stateOfCache(): string {
    return cacheFolders
      .map((name) => {
        const folder = join(this.#machine.cache, name);
        const found = statSync(folder, { throwIfNoEntry: false });
        return found ? `${found.mtimeMs}/${readdirSync(folder)}` : '';
      })
      .join(':');
  }
}

/** What functions find of the AWS SDKs without packaging them: a line for each. */
export async function sdkFindings(machine: Machine): Promise<string[]> {
  const lines: string[] = [];
  const v3 = findSdk({ name: '', family: 'nodejs', version: [24] }, '', machine);
  const clients = v3
    ? readdirSync(join(v3.folder, '@aws-sdk')).filter((name) => /^(client|lib)-/.test(name))
    : [];
  lines.push(
    v3?.id === 'v3'
      ? `AWS SDK for JavaScript v3: ${clients.length} packages at ${v3.folder}`
      : `AWS SDK for JavaScript v3: ${clients.join(', ') || 'none'}; \`brume runtimes install nodejs-sdk\` brings more`,
  );
  const v2 = findSdk({ name: '', family: 'nodejs', version: [16] }, '', machine);
  lines.push(
    `AWS SDK for JavaScript v2, up to nodejs16.x: ${v2 ? `at ${v2.folder}` : 'none; `brume runtimes install aws-sdk`'}`,
  );
  const pythons = await new Interpreters(machine).all('python');
  const has = await Promise.all(
    pythons.map(async ({ program, version }) => {
      const cached = findSdk({ name: '', family: 'python', version: [3] }, version, machine);
      return cached !== undefined || (await ask(program, ['-s', '-c', 'import boto3'])) !== undefined;
    }),
  );
  const without = pythons.filter((_, index) => !has[index]).map(({ version }) => version);
  if (pythons.length > 0) {
    const lack =
      without.length === 0 ? 'there' : `not for ${without.join(', ')}; \`brume runtimes install python-sdk\``;
    lines.push(`boto3: ${lack}`);
  }
  return lines;
}

/** What an environment's log says when it isn't the identifier's own version that runs the function. */
export function substitution(runtime: string, language: Language): string | undefined {
  const identifier = parseIdentifier(runtime);
  if (!identifier || !isInterpreted(identifier) || isExact(identifier, language.version)) return undefined;
  return `Brume: ${names[identifier.family]} ${language.version} runs this ${runtime} function: ${versionName(identifier)} isn't on this machine. ${howToGet(identifier)}`;
}

/** Where AWS's runtime interface client is kept, for the language that can't do without one from outside. */
export function clientFolder(machine: Machine, family: InterpretedFamily): string | undefined {
  return family === 'java' ? join(machine.cache, family) : undefined;
}

const names: Readonly<Record<InterpretedFamily, string>> = {
  nodejs: 'Node.js',
  python: 'Python',
  java: 'Java',
  ruby: 'Ruby',
  dotnet: '.NET',
};

function versionName({ family, version }: { family: InterpretedFamily; version: readonly number[] }): string {
  return `${names[family]} ${version.join('.')}`;
}

function howToGet(identifier: RuntimeIdentifier & { family: InterpretedFamily }): string {
  const version = identifier.version.join('.');
  switch (identifier.family) {
    case 'nodejs':
      return (identifier.version[0] ?? 0) < oldest.nodejs[0]
        ? `Brume runs functions on Node.js ${oldest.nodejs[0]} and newer.`
        : `Run \`brume runtimes install ${identifier.name}\` to have it.`;
    case 'python':
      return (identifier.version[0] ?? 0) < 3
        ? `Brume runs functions on Python ${oldest.python.join('.')} and newer.`
        : `Install python${version}, for instance with pyenv or uv, to have it.`;
    case 'java':
      return `Install a JDK or JRE ${version}, for instance from https://adoptium.net, to have it.`;
    case 'ruby':
      return `Install Ruby ${version}, for instance with rbenv, to have it.`;
    case 'dotnet':
      return `Install the .NET ${version} runtime from https://dotnet.microsoft.com to have it.`;
  }
}
