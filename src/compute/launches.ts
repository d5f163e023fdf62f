/** What to start for a shape of environment, before any function is known. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EnvironmentShape } from './port.ts';
import { kindOf, type Language } from './runtimes.ts';
import type { SandboxDriver, SandboxRequest } from './sandbox/port.ts';

/** Variables that a runtime reads while it starts: a function that sets one can't use a pre-warmed environment. */
const startVariables = /^(NODE_|PYTHON|LD_|V8_|UV_|OPENSSL_|SSL_CERT|LANG$|LC_|AWS_LAMBDA_EXEC_WRAPPER$)/;

const bootstraps = { nodejs: 'nodejs/bootstrap.mjs', python: 'python/bootstrap.py' } as const;

/** True when the function's own variables must be there when the runtime starts. */
export function needsOwnStart(runtime: string, environment: Readonly<Record<string, string>>): boolean {
  if (kindOf(runtime) === 'provided') return true;
  return Object.keys(environment).some((name) => startVariables.test(name));
}

/** @param own variables of the function that must be there from the start. */
export function sandboxRequest(
  options: { id: string; slot: number; folder: string; language: Language; driver: SandboxDriver },
  shape: EnvironmentShape,
  own: Readonly<Record<string, string>> = {},
): SandboxRequest {
  const { id, slot, folder, language, driver } = options;
  const paths = driver.paths(folder);
  const bootstrap =
    language.kind === 'provided' ? undefined : join(runtimesFolder(), bootstraps[language.kind]);
  return {
    id,
    slot,
    folder,
    language,
    ...(bootstrap === undefined ? {} : { bootstrap }),
    flags: language.kind === 'nodejs' ? nodeFlags(shape.memoryMb) : [],
    ephemeralStorageMb: shape.ephemeralStorageMb,
    variables: {
      PATH: '/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin',
      LD_LIBRARY_PATH: `/var/lang/lib:${paths.opt}/lib:${paths.task}:${paths.task}/lib`,
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
      LAMBDA_TASK_ROOT: paths.task,
      LAMBDA_RUNTIME_DIR: paths.runtime,
      ...(language.kind === 'nodejs' ? { NODE_PATH: nodePath(paths.opt) } : {}),
      ...own,
    },
  };
}

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
function nodePath(opt: string): string {
  const major = process.versions.node.split('.')[0];
  return [`${opt}/nodejs/node${major}/node_modules`, `${opt}/nodejs/node_modules`, '/var/node_modules'].join(
    ':',
  );
}

let foundRuntimes: string | undefined;

/** `runtimes/` stands beside `src/` while developing and beside `dist/` once packed. */
function runtimesFolder(): string {
  foundRuntimes ??= ['../../runtimes', '../runtimes']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(join(path, bootstraps.nodejs)));
  if (foundRuntimes === undefined) throw new Error('The folder `runtimes` of this package is missing.');
  return foundRuntimes;
}
