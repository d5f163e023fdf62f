/**
 * The AWS SDK that every Node.js function finds without packaging it, as on AWS: Brume's own copy. Only the
 * packages it is made of are shown, so that a function that forgot to package something else fails here too.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';

export interface Sdk {
  /** The `node_modules` folder that holds it. */
  readonly folder: string;
  /** What of it the SDK needs: names of packages and of scopes. */
  readonly names: readonly string[];
}

const scopes = ['@aws-sdk', '@smithy'];

/** Finds the SDK among Brume's own dependencies; undefined when it isn't installed. */
export function findSdk(from: string = import.meta.url): Sdk | undefined {
  let folder: string;
  try {
    const entry = createRequire(from).resolve('@aws-sdk/client-dynamodb');
    folder = entry.slice(0, entry.lastIndexOf(`${sep}@aws-sdk${sep}`));
  } catch {
    return undefined;
  }
  const names = new Set<string>();
  const pending = scopes
    .filter((scope) => existsSync(join(folder, scope)))
    .flatMap((scope) => readdirSync(join(folder, scope)).map((name) => `${scope}/${name}`));
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (names.has(name)) continue;
    names.add(name);
    pending.push(...dependenciesOf(join(folder, name)));
  }
  const tops = new Set(
    [...names].map((name) => (name.startsWith('@') ? (name.split('/')[0] as string) : name)),
  );
  return { folder, names: [...tops].filter((name) => existsSync(join(folder, name))).sort() };
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
