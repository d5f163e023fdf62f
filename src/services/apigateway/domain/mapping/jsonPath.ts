/**
 * The part of JSONPath that mapping templates and parameter mappings use: children by name or index, `*`,
 * `..`, slices, unions and comparisons in filters.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html#input-variable-reference
 */
import { BadRequestException } from '../../errors.ts';

type Step =
  | { kind: 'names'; names: (string | number)[] }
  | { kind: 'all' }
  | { kind: 'slice'; from: number | undefined; to: number | undefined }
  | { kind: 'filter'; path: Step[]; op: string | undefined; value: unknown }
  | { kind: 'descend' };

/** Paths of templates are few and come again with every request. */
const parsed = new Map<string, Step[]>();
const parsedMax = 1000;

/** @returns the value, a list when the path may match several, undefined when nothing is there. */
export function jsonPath(document: unknown, path: string): unknown {
  let steps = parsed.get(path);
  if (!steps) {
    steps = parse(path.trim());
    if (parsed.size >= parsedMax) parsed.clear();
    parsed.set(path, steps);
  }
  let found: unknown[] = [document];
  let many = false;
  for (const step of steps) {
    many ||= step.kind !== 'names' || step.names.length > 1;
    found = found.flatMap((value) => select(value, step));
  }
  return many ? found : found[0];
}

function select(value: unknown, step: Step): unknown[] {
  switch (step.kind) {
    case 'names':
      return step.names.flatMap((name) => {
        const child = childOf(value, name);
        return child === undefined ? [] : [child];
      });
    case 'all':
      return childrenOf(value);
    case 'slice':
      return Array.isArray(value) ? value.slice(step.from, step.to) : [];
    case 'descend':
      return [value, ...childrenOf(value).flatMap((child) => select(child, step))];
    case 'filter':
      return childrenOf(value).filter((child) => passes(child, step));
  }
}

function childOf(value: unknown, name: string | number): unknown {
  if (Array.isArray(value)) {
    const index = typeof name === 'number' ? name : Number.NaN;
    return index < 0 ? value.at(index) : value[index];
  }
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function passes(child: unknown, step: Step & { kind: 'filter' }): boolean {
  let found: unknown[] = [child];
  for (const inner of step.path) found = found.flatMap((value) => select(value, inner));
  const [actual] = found;
  const wanted = step.value as string | number | boolean;
  switch (step.op) {
    case undefined:
      return actual !== undefined;
    case '==':
      return actual === wanted;
    case '!=':
      return actual !== wanted;
    case '<':
      return (actual as number) < (wanted as number);
    case '<=':
      return (actual as number) <= (wanted as number);
    case '>':
      return (actual as number) > (wanted as number);
    default:
      return (actual as number) >= (wanted as number);
  }
}

const token =
  /^(?:\.\.|\.\*|\.([^.[\]*()\s]+)|\[\*\]|\[(-?\d+(?:\s*,\s*-?\d+)*)\]|\[(-?\d*):(-?\d*)\]|\[('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\]|\[\?\(\s*@([^\s=!<>)]*)\s*(?:(==|!=|<=|>=|<|>)\s*([^)]+?)\s*)?\)\])/;

function parse(path: string): Step[] {
  const steps: Step[] = [];
  let rest = path.startsWith('$') ? path.slice(1) : path.startsWith('[') ? path : `.${path}`;
  while (rest !== '') {
    const match = token.exec(rest);
    if (!match) throw new BadRequestException(`Invalid JSONPath expression: ${path}`);
    const [text, name, indexes, from, to, quoted, filter, op, value] = match;
    rest = rest.slice(text.length);
    if (text === '..') {
      steps.push({ kind: 'descend' });
      if (/^[^.[]/.test(rest)) rest = `.${rest}`;
    } else if (text === '.*' || text === '[*]') steps.push({ kind: 'all' });
    else if (name !== undefined) steps.push({ kind: 'names', names: [name] });
    else if (indexes !== undefined) steps.push({ kind: 'names', names: indexes.split(',').map(Number) });
    else if (quoted !== undefined) {
      steps.push({ kind: 'names', names: [quoted.slice(1, -1).replaceAll(/\\(.)/g, '$1')] });
    } else if (filter !== undefined) {
      steps.push({ kind: 'filter', path: parse(`$${filter}`), op, value: value && literalOf(value) });
    } else {
      steps.push({ kind: 'slice', from: from ? Number(from) : undefined, to: to ? Number(to) : undefined });
    }
  }
  return steps;
}

function literalOf(text: string): unknown {
  if (text.startsWith("'")) return text.slice(1, -1);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
