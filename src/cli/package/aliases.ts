import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type Pair, visit } from 'yaml';
import { applyEdits, type Edit } from './edits.ts';
import { PackageError } from './packageError.ts';

/** YAML lets an anchor contain itself; a template that deep means that it does. */
const depthMax = 100;

/**
 * Writes out what YAML aliases and merge keys stand for: CloudFormation refuses them, and `aws cloudformation package`
 * does away with them too. Each is replaced on its own line, by JSON.
 */
export function expandAliases(document: Document, source: string): string {
  const edits: Edit[] = [];
  visit(document, {
    Pair(_key, pair, ancestors) {
      const parent = ancestors.at(-1);
      if (!isMergeKey(pair) || !isMap(parent)) return undefined;
      edits.push(mergedPairs(document, pair, parent, source));
      return visit.SKIP;
    },
    Alias(_key, alias) {
      const [start, end] = alias.range ?? [0, 0];
      edits.push({ start, end, text: JSON.stringify(jsonOf(document, alias)) });
    },
  });
  return applyEdits(source, edits);
}

function isMergeKey(pair: unknown): pair is Pair {
  return isPair(pair) && isScalar(pair.key) && pair.key.value === '<<';
}

function mergedPairs(
  document: Document,
  pair: Pair,
  parent: { items: Pair[]; flow?: boolean },
  source: string,
): Edit {
  const [start] = rangeOf(pair.key);
  const [, end] = rangeOf(pair.value);
  const own = new Set(parent.items.map(({ key }) => String(isScalar(key) ? key.value : key)));
  const merged = mergedValue(document, pair.value, 0);
  const pairs = Object.entries(merged).flatMap(([key, value]) =>
    own.has(key) ? [] : [`${JSON.stringify(key)}: ${JSON.stringify(value)}`],
  );
  if (parent.flow) return { start, end, text: pairs.join(', ') };
  const indent = ' '.repeat(start - (source.lastIndexOf('\n', start - 1) + 1));
  return { start, end, text: pairs.join(`\n${indent}`) };
}

function rangeOf(node: unknown): readonly [number, number] {
  const range = (node as { range?: readonly [number, number, number] } | null)?.range;
  return range ? [range[0], range[1]] : [0, 0];
}

function mergedValue(document: Document, node: unknown, depth: number): Record<string, unknown> {
  const parts = isSeq(node) ? [...node.items].reverse() : [node];
  return Object.assign({}, ...parts.map((part) => jsonOf(document, part, depth)));
}

/** A node as JSON, its short intrinsic functions in their long form. */
function jsonOf(document: Document, node: unknown, depth = 0): unknown {
  if (depth > depthMax) throw new PackageError('The template has an anchor that contains itself.');
  if (isAlias(node)) {
    const target = node.resolve(document);
    if (!target) throw new PackageError(`The template has no anchor named ${node.source}.`);
    return jsonOf(document, target, depth + 1);
  }
  const tag = (node as { tag?: string } | null)?.tag;
  const plain = plainValue(document, node, depth);
  return tag?.startsWith('!') ? longForm(tag.slice(1), plain) : plain;
}

function plainValue(document: Document, node: unknown, depth: number): unknown {
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map((item) => jsonOf(document, item, depth + 1));
  if (!isMap(node)) return null;
  const result: Record<string, unknown> = {};
  for (const pair of node.items) {
    if (isMergeKey(pair)) Object.assign(result, mergedValue(document, pair.value, depth + 1));
  }
  for (const { key, value } of node.items) {
    const name = String(isScalar(key) ? key.value : key);
    if (name !== '<<') result[name] = jsonOf(document, value, depth + 1);
  }
  return result;
}

function longForm(tag: string, value: unknown): unknown {
  if (tag === 'Ref' || tag === 'Condition') return { [tag]: value };
  if (tag !== 'GetAtt' || typeof value !== 'string') return { [`Fn::${tag}`]: value };
  const dot = value.indexOf('.');
  return { 'Fn::GetAtt': [value.slice(0, dot), value.slice(dot + 1)] };
}
