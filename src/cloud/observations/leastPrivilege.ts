/** The smallest policy that allows what was seen. */
import type { ObservedAction, ObservedResource } from '../../platform/index.ts';
import { prefixesOf } from './prefixes.ts';

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

/** Resources of one kind that an action names one by one; more become the prefix that they share. */
const alikeMax = 5;

/**
 * Actions that were seen on the same resources share a statement. What was only refused is not granted.
 * @returns a document without statements when nothing was seen that needs a permission.
 */
export function leastPrivilege(actions: readonly ObservedAction[]): PolicyDocument {
  const statements = new Map<string, { service: string; actions: string[]; resources: string[] }>();
  for (const { action, resources } of [...actions].sort((a, b) => (a.action < b.action ? -1 : 1))) {
    if (resources.length === 0) continue;
    const [service = ''] = action.split(':');
    const patterns = patternsOf(resources);
    const key = JSON.stringify([service, patterns]);
    const known = statements.get(key);
    if (known) known.actions.push(action);
    else statements.set(key, { service, actions: [action], resources: patterns });
  }
  const numbers = new Map<string, number>();
  const Statement = [...statements.values()].map(({ service, actions: Action, resources: Resource }) => {
    const name = sidOf(service);
    const number = (numbers.get(name) ?? 0) + 1;
    numbers.set(name, number);
    return { Sid: `${name}${number}`, Effect: 'Allow' as const, Action, Resource };
  });
  return { Version: '2012-10-17', Statement };
}

function patternsOf(seen: readonly ObservedResource[]): string[] {
  const isEverything = seen.some(({ resource, isPrefix }) => resource === '*' && !isPrefix);
  if (isEverything) return ['*'];
  const exact = seen.filter(({ isPrefix }) => !isPrefix).map(({ resource }) => resource);
  const wide = seen.filter(({ isPrefix }) => isPrefix).map(({ resource }) => resource);
  const { resources, prefixes } = prefixesOf(exact, alikeMax);
  return [
    ...resources.map(literally),
    ...[...new Set([...prefixes, ...wide])].map((prefix) => `${literally(prefix)}*`),
  ].sort();
}

/**
 * Wildcards in the names of S3's objects are characters like others: who writes an object named `*` must not get a policy
 * for all of them. Elsewhere names can't have them, and an asterisk is one that the service itself asks about.
 */
function literally(resource: string): string {
  const isOfS3 = /^arn:[a-z-]+:s3:::/.test(resource);
  return isOfS3 ? resource.replace(/[*?$]/g, (char) => `\${${char}}`) : resource;
}

/** Sids are letters and digits. */
function sidOf(service: string): string {
  return service
    .split(/[^a-z0-9]+/i)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}
