/**
 * Bundles functions whose `Metadata` says `BuildMethod: esbuild`, as `sam build` does, with the esbuild of the project.
 *
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BuildContext, BuildOptions, Format, Loader } from 'esbuild';
import { PackageError } from './packageError.ts';

/** A function's code as the template describes it. */
export interface BundleSource {
  /** How errors call it: `MyFunction.CodeUri`. */
  readonly name: string;
  /** The absolute folder of the code. */
  readonly folder: string;
  /** `src/app.handler`; the entry point when no other is named. */
  readonly handler: string | undefined;
  /** `Metadata` of the resource. */
  readonly metadata: unknown;
  /** `Environment.Variables` of the function, as far as they are plain text. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** What a bundle is made of: content by name, relative to the function's root. */
export type BundledFiles = ReadonlyMap<string, Uint8Array>;

export interface Bundle {
  readonly files: BundledFiles;
  /** Absolute paths of the sources that went into it, packages excluded. */
  readonly sources: readonly string[];
}

type Esbuild = typeof import('esbuild');

const extensions = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs'];

/** Whether a resource's `Metadata` asks for a bundle. What other methods build is packed as it is. */
export function wantsBundle(metadata: unknown): boolean {
  return asMap(metadata).BuildMethod === 'esbuild';
}

/** Builds the same function again and again, each time only what has changed. */
export class Bundler {
  readonly #source: BundleSource;
  #context: Promise<BuildContext<{ write: false; metafile: true }>> | undefined;

  constructor(source: BundleSource) {
    this.#source = source;
  }

  /** @throws PackageError with esbuild's messages, or when there is no esbuild. */
  async build(): Promise<Bundle> {
    const { name, folder } = this.#source;
    this.#context ??= this.#open();
    const context = await this.#context.catch((error: unknown) => {
      this.#context = undefined;
      throw error;
    });
    const result = await context.rebuild().catch((error: unknown) => {
      throw failure(name, error);
    });
    const files = new Map(
      result.outputFiles.map(({ path, contents }) => [
        relative(outputFolder(folder), path).replaceAll('\\', '/'),
        contents,
      ]),
    );
    const sources = Object.keys(result.metafile.inputs)
      .filter((path) => !path.includes('node_modules/') && !/^[\w-]+:/.test(path))
      .map((path) => resolve(folder, path));
    return { files, sources };
  }

  async close(): Promise<void> {
    const context = await this.#context?.catch(() => undefined);
    await context?.dispose();
  }

  async #open() {
    const esbuild = await findEsbuild(this.#source);
    try {
      return await esbuild.context(buildOptions(this.#source));
    } catch (error) {
      throw failure(this.#source.name, error);
    }
  }
}

/** Builds a function once. @throws PackageError */
export async function bundle(source: BundleSource): Promise<Bundle> {
  const bundler = new Bundler(source);
  try {
    return await bundler.build();
  } finally {
    await bundler.close();
  }
}

/** The esbuild of the function's project, of the folder the command runs in, or the one that came with Brume. */
async function findEsbuild({ name, folder }: BundleSource): Promise<Esbuild> {
  for (const from of [join(folder, 'index.js'), join(process.cwd(), 'index.js'), import.meta.url]) {
    let path: string;
    try {
      path = createRequire(from).resolve('esbuild');
    } catch {
      continue;
    }
    const loaded = (await import(pathToFileURL(path).href)) as Esbuild & { default?: Esbuild };
    return loaded.default ?? loaded;
  }
  throw new PackageError(
    `${name} is built by esbuild, and there is none: run \`npm install --save-dev esbuild\` in ${folder} or above it.`,
  );
}

/** SAM's properties with SAM's defaults, in esbuild's words. */
function buildOptions(source: BundleSource): BuildOptions & { write: false; metafile: true } {
  const properties = asMap(asMap(source.metadata).BuildProperties);
  return {
    absWorkingDir: source.folder,
    entryPoints: entryPoints(source, properties),
    outdir: outputFolder(source.folder),
    bundle: true,
    platform: 'node',
    write: false,
    metafile: true,
    logLevel: 'silent',
    format: (text(properties.Format) ?? 'cjs') as Format,
    minify: properties.Minify === undefined ? true : isTrue(properties.Minify),
    target: (text(properties.Target) ?? 'es2020').split(','),
    sourcemap: wantsSourcemap(source, properties),
    mainFields: (text(properties.MainFields) ?? 'main,module').split(','),
    external: list(properties.External),
    ...(properties.SourcesContent === undefined ? {} : { sourcesContent: isTrue(properties.SourcesContent) }),
    ...(properties.KeepNames === undefined ? {} : { keepNames: isTrue(properties.KeepNames) }),
    ...(properties.Loader === undefined
      ? {}
      : { loader: pairs(properties.Loader) as Record<string, Loader> }),
    ...(properties.OutExtension === undefined ? {} : { outExtension: pairs(properties.OutExtension) }),
    ...(properties.Define === undefined ? {} : { define: pairs(properties.Define) }),
    ...(properties.Banner === undefined ? {} : { banner: pairs(properties.Banner) }),
  };
}

/** Nothing is written there: names are told relative to it. */
function outputFolder(folder: string): string {
  return join(folder, '.brume-bundle');
}

/** “If NODE_OPTIONS: --enable-source-maps is included in the function's environment variables, Sourcemap is automatically set to true.” */
function wantsSourcemap({ variables }: BundleSource, properties: Record<string, unknown>): boolean {
  if (properties.Sourcemap !== undefined) return isTrue(properties.Sourcemap);
  return variables?.NODE_OPTIONS?.includes('--enable-source-maps') ?? false;
}

function entryPoints({ name, folder, handler }: BundleSource, properties: Record<string, unknown>): string[] {
  const named = list(properties.EntryPoints);
  const stems = named.length > 0 ? named : handler === undefined ? [] : [stemOf(handler)];
  if (stems.length === 0) throw new PackageError(`${name}: EntryPoints of BuildProperties names no file.`);
  return stems.map((stem) => {
    const candidates = extname(stem) ? [stem] : [];
    candidates.push(...extensions.map((extension) => stem + extension));
    const found = candidates.find((candidate) => existsSync(join(folder, candidate)));
    if (!found) throw new PackageError(`${name}: the entry point ${stem} isn't in ${folder}.`);
    return found;
  });
}

/** `src/app.handler` is in `src/app`. */
function stemOf(handler: string): string {
  const file = basename(handler);
  return join(dirname(handler), file.slice(0, Math.max(0, file.indexOf('.'))) || file);
}

function failure(name: string, error: unknown): Error {
  const errors = (error as { errors?: readonly unknown[] }).errors;
  if (!Array.isArray(errors)) return error as Error;
  const lines = (errors as { text: string; location: { file: string; line: number } | null }[]).map(
    ({ text, location }) => (location ? `${location.file}:${location.line}: ${text}` : text),
  );
  return new PackageError(`${name} can't be bundled: ${lines.join('\n  ')}`);
}

/** `[".png=dataurl"]`, or a map. */
function pairs(value: unknown): Record<string, string> {
  if (!Array.isArray(value)) return asMap(value) as Record<string, string>;
  return Object.fromEntries(
    value.map((item) => {
      const pair = String(item);
      return [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    }),
  );
}

function list(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

function asMap(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
