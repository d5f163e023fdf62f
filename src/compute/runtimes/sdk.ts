/**
 * The AWS SDK that functions find without packaging it, as on AWS: for Node.js v3 (up to nodejs16.x v2), boto3 for
 * Python. What `brume runtimes install` fetched, else Brume's own copy of v3. Only the packages an SDK is made of
 * are shown, so that a function that forgot to package something else fails here too.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import type { RuntimeIdentifier } from './identifiers.ts';
import type { Machine } from './machine.ts';

export interface Sdk {
  /** Differs between SDKs that are not the same. */
  readonly id: string;
  /** The `node_modules` folder that holds it, or the folder of Python packages. */
  readonly folder: string;
  /** What of it the SDK needs: names of packages and of scopes. */
  readonly names: readonly string[];
  /** Those that functions may name themselves. */
  readonly public: readonly string[];
}

/** “AWS SDK for JavaScript 2” was part of the runtimes up to this one, v3 of those after it. */
const lastWithV2 = 16;

/** @param version of the interpreter, for SDKs that depend on it. */
export function findSdk(identifier: RuntimeIdentifier, version: string, machine: Machine): Sdk | undefined {
  switch (identifier.family) {
    case 'nodejs':
      return (identifier.version[0] ?? 0) <= lastWithV2
        ? javascript('v2', join(machine.cache, 'aws-sdk', 'node_modules'), ['aws-sdk'])
        : (cachedV3(machine) ?? ownV3());
    case 'python': {
      const folder = pythonSdkFolder(machine, version);
      return existsSync(join(folder, 'boto3')) ? { id: 'boto3', folder, names: [], public: [] } : undefined;
    }
    default:
      return undefined;
  }
}

/** Where boto3 for an interpreter of this version is kept: packages may differ between minor versions. */
export function pythonSdkFolder(machine: Machine, version: string): string {
  return join(machine.cache, 'python-sdk', version.split('.').slice(0, 2).join('.'));
}

function cachedV3(machine: Machine): Sdk | undefined {
  return javascript('v3', join(machine.cache, 'nodejs-sdk', 'node_modules'), ['@aws-sdk', '@smithy']);
}

let own: Sdk | undefined;

/** Among Brume's own dependencies. */
function ownV3(): Sdk | undefined {
  if (own) return own;
  try {
    const entry = createRequire(import.meta.url).resolve('@aws-sdk/client-dynamodb');
    const folder = entry.slice(0, entry.lastIndexOf(`${sep}@aws-sdk${sep}`));
    own = javascript('own', folder, ['@aws-sdk', '@smithy']);
  } catch {
    return undefined;
  }
  return own;
}

/** @param roots packages and scopes that functions may name. */
function javascript(id: string, folder: string, roots: readonly string[]): Sdk | undefined {
  const present = roots.filter((root) => existsSync(join(folder, root)));
  if (present.length === 0) return undefined;
  const names = new Set<string>();
  const pending = present.flatMap((root) =>
    root.startsWith('@') ? readdirSync(join(folder, root)).map((name) => `${root}/${name}`) : [root],
  );
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (names.has(name)) continue;
    names.add(name);
    pending.push(...dependenciesOf(join(folder, name)));
  }
  const tops = new Set(
    [...names].map((name) => (name.startsWith('@') ? (name.split('/')[0] as string) : name)),
  );
  const shown = [...tops].filter((name) => existsSync(join(folder, name))).sort();
  return {
    id,
    folder,
    names: shown,
    public: shown.filter((name) => name.startsWith('@') || present.includes(name)),
  };
}

function dependenciesOf(folder: string): string[] {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const dependencies = (manifest as { dependencies?: Record<string, string> }).dependencies;
    return Object.keys(dependencies ?? {});
  } catch {
    return [];
  }
}
