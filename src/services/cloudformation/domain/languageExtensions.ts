/**
 * What `AWS::LanguageExtensions` does before a template is read: loops, and policies that are computed. Its functions
 * `Fn::Length`, `Fn::ToJsonString` and the default of `Fn::FindInMap` are evaluated with the others.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html
 */
import { textOf } from './intrinsics.ts';
import type { Tree } from './template/parse.ts';
import { isRecord } from './template/references.ts';
import { TemplateError } from './templateError.ts';

const loopPrefix = 'Fn::ForEach::';
const loopSections = ['Conditions', 'Resources', 'Outputs'];

/** @param evaluate evaluates an expression over parameters and mappings. @throws TemplateError for a malformed loop. */
export function extendLanguage(tree: Tree, evaluate: (node: unknown) => unknown): Tree {
  const extended: Record<string, unknown> = { ...tree };
  for (const section of loopSections) {
    if (extended[section] !== undefined) extended[section] = expandLoops(extended[section], evaluate);
  }
  if (isRecord(extended.Resources)) extended.Resources = withPolicies(extended.Resources, evaluate);
  return extended;
}

/** Replaces every loop by what it makes. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html */
function expandLoops(node: unknown, evaluate: (node: unknown) => unknown): unknown {
  if (Array.isArray(node)) return node.map((item) => expandLoops(item, evaluate));
  if (!isRecord(node)) return node;
  const expanded: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(node)) {
    const members = name.startsWith(loopPrefix)
      ? loop(name, value, evaluate)
      : [[name, expandLoops(value, evaluate)] as const];
    for (const [key, member] of members) {
      if (Object.hasOwn(expanded, key))
        throw new TemplateError(`Template error: ${name} makes ${key} a second time`);
      expanded[key] = member;
    }
  }
  return expanded;
}

function loop(
  name: string,
  argument: unknown,
  evaluate: (node: unknown) => unknown,
): (readonly [string, unknown])[] {
  const [identifier, collection, body] = Array.isArray(argument) ? argument : [];
  const values = evaluate(collection);
  if (
    typeof identifier !== 'string' ||
    !Array.isArray(values) ||
    !isRecord(body) ||
    (argument as unknown[]).length !== 3
  ) {
    throw new TemplateError(
      `Template error: ${name} requires a list of three: an identifier, a collection and an object to repeat`,
    );
  }
  return values.flatMap((value) => {
    const text = textOf(value);
    if (text === undefined)
      throw new TemplateError(`Template error: the collection of ${name} must hold strings`);
    const filled = fill(body, identifier, text) as Record<string, unknown>;
    return Object.entries(expandLoops(filled, evaluate) as Record<string, unknown>);
  });
}

/** Puts a value in place of `${Identifier}`, `&{Identifier}` (letters and digits only) and `{ Ref: Identifier }`. */
function fill(node: unknown, identifier: string, value: string): unknown {
  if (typeof node === 'string') {
    return node
      .replaceAll(`\${${identifier}}`, () => value)
      .replaceAll(`&{${identifier}}`, () => value.replace(/[^A-Za-z0-9]/g, ''));
  }
  if (Array.isArray(node)) return node.map((item) => fill(item, identifier, value));
  if (!isRecord(node)) return node;
  if (node.Ref === identifier && Object.keys(node).length === 1) return value;
  return Object.fromEntries(
    Object.entries(node).map(([name, inner]) => [
      fill(name, identifier, value),
      fill(inner, identifier, value),
    ]),
  );
}

function withPolicies(
  resources: Record<string, unknown>,
  evaluate: (node: unknown) => unknown,
): Record<string, unknown> {
  const entries = Object.entries(resources).map(([id, resource]) => {
    if (!isRecord(resource)) return [id, resource];
    const computed: Record<string, unknown> = { ...resource };
    for (const policy of ['DeletionPolicy', 'UpdateReplacePolicy']) {
      if (!isRecord(computed[policy])) continue;
      computed[policy] = evaluate(computed[policy]);
      if (typeof computed[policy] !== 'string') {
        throw new TemplateError(
          `Template format error: ${policy} of resource ${id} must evaluate to a string.`,
        );
      }
    }
    return [id, computed];
  });
  return Object.fromEntries(entries);
}
