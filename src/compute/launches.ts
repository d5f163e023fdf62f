/** What to start for a shape of environment, before any function is known. */
import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { supervised } from './extensions/supervisor.ts';
import type { EnvironmentShape, EnvironmentSpec } from './port.ts';
import type { Language } from './runtimes/languages.ts';
import {
  customBootstrap,
  type SandboxDriver,
  type SandboxPaths,
  type SandboxRequest,
} from './sandbox/port.ts';

/** Variables that a runtime reads while it starts: a function that sets one can't use a pre-warmed environment. */
const startVariables =
  /^(NODE_|PYTHON|RUBY|GEM_|BUNDLE_|LD_|V8_|UV_|OPENSSL_|SSL_CERT|LANG$|LC_|AWS_LAMBDA_EXEC_WRAPPER$)/;

/** Brume's own runtimes: they speak frames, and come up before there is a function. */
const bootstraps = { nodejs: 'bootstrap.mjs', python: 'bootstrap.py', ruby: 'bootstrap.rb' } as const;

/** True for programs that speak the Runtime API; they start with their function. */
export function speaksRuntimeApi({ kind }: Language): boolean {
  return !(kind in bootstraps);
}

/** True when the function's own variables must be there when the runtime starts. */
export function needsOwnStart(
  language: Language,
  { environment, layerFolders }: Pick<EnvironmentSpec, 'environment' | 'layerFolders'>,
): boolean {
  if (speaksRuntimeApi(language)) return true;
  if (layerFolders.some((folder) => existsSync(join(folder, 'extensions')))) return true;
  return Object.keys(environment).some((name) => startVariables.test(name));
}

/** Files of /opt/extensions: external extensions. @param opt folder that appears as /opt. */
export function extensionsIn(opt: string): string[] {
  const folder = join(opt, 'extensions');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => isFile(opt, join(folder, name)));
}

/** Links are followed as inside the sandbox, and not out of it. */
function isFile(opt: string, path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found?.isSymbolicLink()) return found?.isFile() === true;
  const target = readlinkSync(path);
  const within = resolve(dirname(path), target.replace(/^\/opt\//, `${opt}/`));
  return within.startsWith(`${opt}/`) && lstatSync(within, { throwIfNoEntry: false })?.isFile() === true;
}

/** A function, of which everything must be there from the start. */
export type Owner = Pick<EnvironmentSpec, 'handler'> & {
  readonly variables: Readonly<Record<string, string>>;
  /** It has external extensions. */
  readonly isExtended: boolean;
};

/** @throws Error when the function can't be started like this; the message is for its developer. */
export function sandboxRequest(
  options: Pick<SandboxRequest, 'id' | 'slot' | 'folder' | 'language' | 'sdkCode'> & {
    driver: SandboxDriver;
  },
  shape: EnvironmentShape,
  own?: Owner,
): SandboxRequest {
  const { id, slot, folder, language, sdkCode, driver } = options;
  const paths = driver.paths(folder);
  return {
    id,
    slot,
    folder,
    language,
    ...(sdkCode === undefined ? {} : { sdkCode }),
    ...(own?.isExtended ? { before: supervised(join(paths.opt, 'extensions')) } : {}),
    ...whatToRun(language, paths, folder, shape.memoryMb, own?.handler ?? ''),
    memoryMb: shape.memoryMb,
    ephemeralStorageMb: shape.ephemeralStorageMb,
    variables: {
      PATH: '/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin',
      LD_LIBRARY_PATH: `/var/lang/lib:${paths.opt}/lib:${paths.task}:${paths.task}/lib`,
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
      LAMBDA_TASK_ROOT: paths.task,
      LAMBDA_RUNTIME_DIR: paths.runtime,
      ...variablesOf(language, paths),
      ...own?.variables,
    },
  };
}

function whatToRun(
  language: Language,
  paths: SandboxPaths,
  folder: string,
  memoryMb: number,
  handler: string,
): Pick<SandboxRequest, 'runtimeFolder' | 'program' | 'args'> {
  const { kind } = language;
  switch (kind) {
    case 'nodejs':
    case 'python':
    case 'ruby': {
      const flags = { nodejs: nodeFlags(memoryMb), python: [], ruby: rubyFlags }[kind];
      const runtimeFolder = join(runtimesFolder(), kind);
      return { runtimeFolder, args: [...flags, `${paths.runtime}/${bootstraps[kind]}`] };
    }
    case 'java': {
      const classPath = `${paths.runtime}/*:${paths.task}:${paths.task}/lib/*:${paths.opt}/java/lib/*`;
      const client = 'com.amazonaws.services.lambda.runtime.api.client.AWSLambda';
      return {
        ...shown(language),
        args: [...javaFlags(language, memoryMb), '-cp', classPath, client, handler],
      };
    }
    case 'dotnet': {
      if (handler.includes('::')) {
        throw new Error(
          `Brume runs .NET functions that are programs (handler: the assembly's name, https://docs.aws.amazon.com/lambda/latest/dg/csharp-handler.html#csharp-executable-assembly-handlers), not the class library handler ${handler}.`,
        );
      }
      return {
        args: ['exec', '--roll-forward', 'Major', `${paths.task}/${handler.replace(/\.dll$/, '')}.dll`],
      };
    }
    case 'image':
      // The container's plan says it: `container/launch.ts`.
      return { args: [] };
    case 'provided': {
      if (language.handlerIsProgram) return { program: `${paths.task}/${handler}`, args: [] };
      const place = customBootstrap(folder) === 'opt' ? paths.opt : paths.task;
      return { program: `${place}/bootstrap`, args: [] };
    }
  }
}

function shown({ client }: Language): { runtimeFolder?: string } {
  return client === undefined ? {} : { runtimeFolder: client };
}

function variablesOf(language: Language, paths: SandboxPaths): Record<string, string> {
  switch (language.kind) {
    case 'nodejs':
      return { NODE_PATH: nodePath(language, paths) };
    case 'ruby': {
      // A gem's folder is named after the version of the language's interface: 3.4.7 has gems in 3.4.0.
      const abi = `${language.version.split('.').slice(0, 2).join('.')}.0`;
      return {
        GEM_HOME: `${paths.opt}/ruby/gems/${abi}`,
        // The colon at its end keeps the gems that come with the language.
        GEM_PATH: `${paths.task}/vendor/bundle/ruby/${abi}:${paths.opt}/ruby/gems/${abi}:`,
        RUBYLIB: `${paths.task}:${paths.runtime}:${paths.opt}/ruby/lib`,
      };
    }
    case 'dotnet':
      return { DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' };
    default:
      return {};
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/java-customization.html: the serial collector, C1 only. */
function javaFlags({ version }: Language, memoryMb: number): string[] {
  const flags = [
    `-Xmx${Math.floor(memoryMb * 0.85)}m`,
    '-XX:+UseSerialGC',
    '-XX:+TieredCompilation',
    '-XX:TieredStopAtLevel=1',
    '-Xshare:auto',
  ];
  const major = Number.parseInt(version, 10);
  if (major >= 17) flags.push('--add-opens=java.base/java.io=ALL-UNNAMED');
  // AWS's client loads a native library; from 24 on, Java warns of that.
  if (major >= 24) flags.push('--enable-native-access=ALL-UNNAMED');
  return flags;
}

/** What files and messages are read as, whether or not this machine knows the locale that LANG names. */
const rubyFlags = ['-E', 'UTF-8'];

/** Heap bounds in the proportions that the managed runtime uses: a tenth is left for what isn't heap. */
function nodeFlags(memoryMb: number): string[] {
  return [
    '--expose-gc',
    '--max-http-header-size=81920',
    `--max-old-space-size=${Math.floor(memoryMb * 0.9)}`,
    `--max-semi-space-size=${Math.max(1, Math.floor(memoryMb * 0.05))}`,
  ];
}

/** Where `require` looks for layers and, from within a layer, for the SDK. */
function nodePath({ version }: Language, { opt }: SandboxPaths): string {
  const major = version.split('.')[0];
  return [`${opt}/nodejs/node${major}/node_modules`, `${opt}/nodejs/node_modules`, '/var/node_modules'].join(
    ':',
  );
}

let foundRuntimes: string | undefined;

/** `runtimes/` stands beside `src/` while developing and beside `dist/` once packed. */
export function runtimesFolder(): string {
  foundRuntimes ??= ['../../runtimes', '../runtimes']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(join(path, 'nodejs', bootstraps.nodejs)));
  if (foundRuntimes === undefined) throw new Error('The folder `runtimes` of this package is missing.');
  return foundRuntimes;
}
