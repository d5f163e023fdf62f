/**
 * Policy documents, compiled once and kept by their text.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
import { type Condition, compileCondition } from './conditions.ts';
import { compilePattern, type Pattern, type PatternOptions } from './wildcard.ts';

export interface Statement {
  /** The Sid, or the position from 0. */
  readonly id: string;
  readonly effect: 'Allow' | 'Deny';
  /** In lower case. */
  readonly actions: Patterns;
  /** Absent in trust policies: any resource. */
  readonly resources: Patterns | undefined;
  /** Only in resource policies. */
  readonly principals: Principals | undefined;
  readonly conditions: readonly Condition[];
  /** Position in the document, from 0. */
  readonly position: number;
  /** Context keys it reads, as it writes them: variables of its resources first, then its conditions. */
  readonly keys: readonly string[];
}

export interface Patterns {
  readonly patterns: readonly Pattern[];
  /** `NotAction`, `NotResource`. */
  readonly isNegated: boolean;
}

export interface Principals {
  /** Values by kind: `AWS`, `Service`, `Federated`, `CanonicalUser`; `*` alone is `AWS: *` and everyone. */
  readonly aws: readonly string[];
  readonly services: readonly string[];
  readonly federated: readonly string[];
  readonly canonicalUsers: readonly string[];
  readonly isEveryone: boolean;
  readonly isNegated: boolean;
}

export interface CompiledPolicy {
  readonly statements: readonly Statement[];
}

/** Managed policies are at most 6,144 characters, bucket policies 20 KB: this many take a few megabytes. */
const policiesMax = 2_000;
const policies = new Map<string, CompiledPolicy>();

/** @throws Error that says what is wrong with the document. */
export function compilePolicy(text: string): CompiledPolicy {
  const known = policies.get(text);
  if (known) return known;
  const policy = readPolicy(JSON.parse(text));
  if (policies.size >= policiesMax) {
    const oldest = policies.keys().next();
    if (!oldest.done) policies.delete(oldest.value);
  }
  policies.set(text, policy);
  return policy;
}

/** What denies in documents that can't be read whole, by their text. */
const denials = new Map<string, readonly Statement[]>();

/**
 * The statements of a document that deny, without their conditions: for one that `compilePolicy` can't read.
 * @returns each at its position in the document; none of those that can't be read even so.
 */
export function compileDenials(text: string): readonly Statement[] {
  const known = denials.get(text);
  if (known) return known;
  const found = readDenials(text);
  if (denials.size >= policiesMax) denials.clear();
  denials.set(text, found);
  return found;
}

function readDenials(text: string): Statement[] {
  try {
    const document: unknown = JSON.parse(text);
    if (!isObject(document)) return [];
    return [document.Statement].flat().flatMap((one, position) => {
      if (!isObject(one) || one.Effect !== 'Deny') return [];
      try {
        return [
          readStatement({ ...one, Condition: undefined }, position, document.Version === variablesVersion),
        ];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** Before it, `${…}` is text. */
const variablesVersion = '2012-10-17';

type Json = Readonly<Record<string, unknown>>;

function readPolicy(document: unknown): CompiledPolicy {
  if (!isObject(document)) throw new Error('A policy document is a JSON object');
  const hasVariables = document.Version === variablesVersion;
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  return { statements: statements.map((statement, i) => readStatement(statement, i, hasVariables)) };
}

function readStatement(statement: unknown, position: number, hasVariables: boolean): Statement {
  if (!isObject(statement)) throw new Error('A statement is a JSON object');
  const { Effect: effect } = statement;
  if (effect !== 'Allow' && effect !== 'Deny') throw new Error('Effect must be Allow or Deny');
  const actions = patternsOf(statement, 'Action', {});
  if (!actions) throw new Error('A statement needs Action or NotAction');
  return {
    id: typeof statement.Sid === 'string' && statement.Sid !== '' ? statement.Sid : String(position),
    effect,
    actions,
    resources: patternsOf(statement, 'Resource', { hasVariables, isArn: true }),
    principals: principalsOf(statement),
    conditions: conditionsOf(statement.Condition, hasVariables),
    position,
    keys: hasVariables
      ? [...variablesOf(statement), ...conditionKeysOf(statement)]
      : conditionKeysOf(statement),
  };
}

function variablesOf(statement: Json): string[] {
  const texts = [...(strings(statement.Resource) ?? []), ...(strings(statement.NotResource) ?? [])];
  for (const keys of Object.values(isObject(statement.Condition) ? statement.Condition : {}))
    for (const value of Object.values(isObject(keys) ? keys : {})) texts.push(...(strings(value) ?? []));
  // `${*}`, `${?}` and `${$}` are no variables.
  return texts.flatMap((text) =>
    [...text.matchAll(/\$\{\s*([\w:/.@+-]{2,}?)\s*(?:,[^}]*)?\}/g)].map(([, name = '']) => name),
  );
}

function conditionKeysOf(statement: Json): string[] {
  if (!isObject(statement.Condition)) return [];
  return Object.values(statement.Condition).flatMap((keys) => (isObject(keys) ? Object.keys(keys) : []));
}

function patternsOf(statement: Json, name: string, options: PatternOptions): Patterns | undefined {
  const isNegated = statement[`Not${name}`] !== undefined;
  const texts = strings(statement[isNegated ? `Not${name}` : name]);
  if (texts === undefined) return undefined;
  // Actions are compared in lower case, resources as they are.
  const fold = (text: string) => (name === 'Action' ? text.toLowerCase() : text);
  return { isNegated, patterns: texts.map((text) => compilePattern(fold(text), options)) };
}

function principalsOf(statement: Json): Principals | undefined {
  const isNegated = statement.NotPrincipal !== undefined;
  const given = isNegated ? statement.NotPrincipal : statement.Principal;
  if (given === undefined) return undefined;
  if (given === '*') {
    return { aws: [], services: [], federated: [], canonicalUsers: [], isEveryone: true, isNegated };
  }
  if (!isObject(given)) throw new Error('Principal is "*" or an object');
  const aws = strings(given.AWS) ?? [];
  return {
    aws,
    services: strings(given.Service) ?? [],
    federated: strings(given.Federated) ?? [],
    canonicalUsers: strings(given.CanonicalUser) ?? [],
    isEveryone: aws.includes('*'),
    isNegated,
  };
}

function conditionsOf(block: unknown, hasVariables: boolean): Condition[] {
  if (block === undefined) return [];
  if (!isObject(block)) throw new Error('Condition is an object');
  return Object.entries(block).flatMap(([operator, keys]) => {
    if (!isObject(keys)) throw new Error(`Condition ${operator} is an object`);
    return Object.entries(keys).map(([key, value]) =>
      compileCondition(operator, key, strings(value) ?? [], hasVariables),
    );
  });
}

function strings(value: unknown): string[] | undefined {
  if (value === undefined) return undefined;
  return (Array.isArray(value) ? value : [value]).map((one) => {
    if (typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean') return String(one);
    throw new Error('A value of a policy is a string, a number or a boolean');
  });
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
