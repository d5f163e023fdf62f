/**
 * Compiled code (V8's, Python's bytecode) of functions, kept for their next environments. An environment hands over what
 * it has compiled before its Init ends, so that no event has had a say in it, and only environments of the same
 * function with the same code ever load it: a function can't plant code that another one runs.
 */
import { createHash } from 'node:crypto';
import { linkSync, readdirSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Ids } from '../kernel/index.ts';
import type { EnvironmentSpec } from './port.ts';
import type { Language } from './runtimes/languages.ts';

/** What one function keeps. */
const entriesMax = 4096;
const bytesMax = 32 * 1024 * 1024;
/** Functions that are remembered, and whose code is kept on disk. */
const knownMax = 10_000;
const foldersMax = 500;

/** What is known of the code of a function: names of what is kept, or whether somebody is to hand it over. */
type Known = readonly string[] | 'asked' | 'needless';

export class CodeCache {
  readonly #folder: string;
  readonly #ids: Ids;
  readonly #known = new Map<string, Known>();

  /** @param folder made when first needed; on the device of the environments' folders, links are used. */
  constructor(folder: string, ids: Ids) {
    this.#folder = folder;
    this.#ids = ids;
  }

  /**
   * For one environment that is about to load its function.
   * @param into folder, exists and is empty, that the sandbox sees read-only. Filled with what is kept.
   */
  use(spec: EnvironmentSpec, language: Language, into: string): CodeUse | undefined {
    // A debugger wants to stop in functions that V8 would have compiled already.
    if (spec.codeOwner === undefined || spec.inspectPort !== undefined) return undefined;
    const key = keyOf(spec, language);
    const known = this.#known.get(key) ?? this.#look(key);
    if (known === 'needless' || known === 'asked') return undefined;
    if (known.length === 0) {
      this.#remember(key, 'asked');
      return new CodeUse('wanted', (body) => this.#keep(key, body));
    }
    try {
      for (const name of known) linkSync(join(this.#folder, key, name), join(into, name));
    } catch {
      // Gone, or on another device: what is missing is compiled again.
      this.#known.delete(key);
    }
    return new CodeUse('kept');
  }

  /** The folder of what is kept for a function, when there is anything. */
  folderOf(spec: EnvironmentSpec, language: Language): string | undefined {
    const key = keyOf(spec, language);
    const known = this.#known.get(key) ?? this.#look(key);
    return typeof known === 'string' || known.length === 0 ? undefined : join(this.#folder, key);
  }

  #look(key: string): readonly string[] {
    try {
      return this.#remember(key, readdirSync(join(this.#folder, key)));
    } catch {
      return [];
    }
  }

  #remember<Value extends Known>(key: string, known: Value): Value {
    if (this.#known.size >= knownMax) this.#known.delete(this.#known.keys().next().value as string);
    this.#known.set(key, known);
    return known;
  }

  /** @param body what the environment handed over; absent when it had nothing worth it. */
  async #keep(key: string, body: Buffer | undefined): Promise<void> {
    const entries = body && entriesOf(body);
    if (!entries || entries.length === 0) {
      this.#remember(key, 'needless');
      return;
    }
    const temporary = join(this.#folder, `${key}.${this.#ids.token(8)}`);
    try {
      await mkdir(temporary, { recursive: true });
      for (const [name, bytes] of entries) await writeFile(join(temporary, name), bytes, { mode: 0o644 });
      await chmod(temporary, 0o755);
      await rename(temporary, join(this.#folder, key));
      this.#remember(
        key,
        entries.map(([name]) => name),
      );
      await this.#prune();
    } catch {
      // It is a cache: without it, code is compiled again.
      await rm(temporary, { recursive: true, force: true });
    }
  }

  /** What was made longest ago goes. */
  async #prune(): Promise<void> {
    const names = await readdir(this.#folder);
    if (names.length <= foldersMax) return;
    const ages = await Promise.all(
      names.map(async (name) => ({ name, at: (await stat(join(this.#folder, name))).mtimeMs })),
    );
    ages.sort((one, other) => one.at - other.at);
    for (const { name } of ages.slice(0, names.length - foldersMax)) {
      this.#known.delete(name);
      await rm(join(this.#folder, name), { recursive: true, force: true });
    }
  }
}

/** What an environment does about compiled code while it loads its function. */
export class CodeUse {
  readonly state: 'kept' | 'wanted';
  #keep: ((body: Buffer | undefined) => Promise<void>) | undefined;

  /** @param keep takes what it hands over, once. */
  constructor(state: 'kept' | 'wanted', keep?: (body: Buffer | undefined) => Promise<void>) {
    this.state = state;
    this.#keep = keep;
  }

  /** It hands over what it has compiled. */
  hand(body: Buffer): void {
    void this.#keep?.(body);
    this.#keep = undefined;
  }

  /** Init is over: what comes later isn't taken. */
  close(): void {
    void this.#keep?.(undefined);
    this.#keep = undefined;
  }
}

function keyOf(spec: EnvironmentSpec, language: Language): string {
  const parts = [spec.codeOwner, `${language.kind} ${language.version}`, spec.handler, ...codeOf(spec)];
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}

/** Folders of code are named after their content. */
function codeOf({ codeFolder, layerFolders }: EnvironmentSpec): string[] {
  return [codeFolder, ...layerFolders].map((folder) => basename(folder));
}

/** u32 length of a head, the head as JSON: names and sizes, then the bytes of each. @returns undefined for nonsense. */
function entriesOf(body: Buffer): [name: string, bytes: Buffer][] | undefined {
  try {
    const start = 4 + body.readUInt32BE(0);
    const head: unknown = JSON.parse(body.toString('utf8', 4, start));
    if (!Array.isArray(head) || head.length > entriesMax || body.length - start > bytesMax) return undefined;
    const entries: [string, Buffer][] = [];
    let offset = start;
    for (const [name, size] of head as [unknown, unknown][]) {
      if (typeof name !== 'string' || !/^[0-9a-f]{8,64}$/.test(name)) return undefined;
      if (typeof size !== 'number' || !(size >= 0) || offset + size > body.length) return undefined;
      entries.push([name, body.subarray(offset, offset + size)]);
      offset += size;
    }
    return entries;
  } catch {
    return undefined;
  }
}
