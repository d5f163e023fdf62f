/**
 * Patch operations, as every Update* of REST APIs takes them.
 * https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
 */
import { BadRequestException } from '../errors.ts';

export interface PatchOperation {
  op?: string | undefined;
  path?: string | undefined;
  value?: string | undefined;
  from?: string | undefined;
}

export interface PatchCall {
  op: string;
  /** What the stars of the rule's path stood for, `~1` and `~0` undone. */
  names: string[];
  /** Empty when the operation carries none. */
  value: string;
  /** The source of a `copy`; empty for other operations. */
  from: string;
}

/** Path (`*` for one segment) → which operations it takes and what they do. */
export type PatchRules<Target> = Readonly<
  Record<string, { ops: readonly string[]; apply(target: Target, call: PatchCall): void }>
>;

/** Applies operations in order to a copy of `record`. @throws BadRequestException for a path or operation no rule takes. */
export function patched<Target>(
  record: Target,
  operations: readonly PatchOperation[] | undefined,
  rules: PatchRules<Target>,
): Target {
  const target = structuredClone(record);
  for (const operation of operations ?? []) {
    const path = operation.path ?? '';
    const op = operation.op ?? '';
    const found = findRule(path, op, rules);
    if (!found) {
      const takes = Object.keys(rules).filter((rule) => rules[rule]?.ops.includes(op));
      if (takes.length === 0) {
        throw new BadRequestException(
          `Invalid patch operation specified. Must be one of: [${opsOf(rules).join(', ')}]`,
        );
      }
      throw new BadRequestException(
        `Invalid patch path  '${path}' specified for op '${op}'. Must be one of: [${takes.join(', ')}]`,
      );
    }
    const { value = '', from = '' } = operation;
    found.rule.apply(target, { op, names: found.names, value, from });
  }
  return target;
}

function findRule<Target>(path: string, op: string, rules: PatchRules<Target>) {
  const segments = path.split('/');
  for (const [pattern, rule] of Object.entries(rules)) {
    const parts = pattern.split('/');
    if (parts.length !== segments.length || !rule.ops.includes(op)) continue;
    if (!parts.every((part, at) => part === '*' || part === segments[at])) continue;
    const names = segments.filter((_, at) => parts[at] === '*').map(unescaped);
    return { rule, names };
  }
  return undefined;
}

function opsOf<Target>(rules: PatchRules<Target>): string[] {
  return [...new Set(Object.values(rules).flatMap((rule) => rule.ops))];
}

function unescaped(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

type Keys<Target, Value> = { [K in keyof Target]-?: Value extends Target[K] ? K : never }[keyof Target];

/** Rules for the members that most records have. */
export const rule = {
  /** `replace` of a text; removing it, where allowed, unsets it. */
  text<Target>(member: Keys<Target, string>, ops: readonly string[] = ['replace']) {
    return {
      ops,
      apply(target: Target, { op, value }: PatchCall) {
        (target[member] as string | undefined) = op === 'remove' ? undefined : value;
      },
    };
  },
  flag<Target>(member: Keys<Target, boolean>) {
    return {
      ops: ['replace'],
      apply(target: Target, { value }: PatchCall) {
        (target[member] as boolean) = booleanOf(value);
      },
    };
  },
  integer<Target>(member: Keys<Target, number>, ops: readonly string[] = ['replace']) {
    return {
      ops,
      apply(target: Target, { op, value }: PatchCall) {
        (target[member] as number | undefined) =
          op === 'remove' || value === '' ? undefined : integerOf(value);
      },
    };
  },
  /** One entry of a map of texts. */
  entry<Target>(member: Keys<Target, Record<string, string>>, ops = ['add', 'replace', 'remove']) {
    return {
      ops,
      apply(target: Target, { op, names, value }: PatchCall) {
        const map = { ...(target[member] as Record<string, string> | undefined) };
        if (op === 'remove') delete map[names[0] as string];
        else map[names[0] as string] = value;
        (target[member] as Record<string, string>) = map;
      },
    };
  },
  /** One entry of a map of required flags (request and response parameters). */
  flagEntry<Target>(member: Keys<Target, Record<string, boolean>>) {
    return {
      ops: ['add', 'replace', 'remove'],
      apply(target: Target, { op, names, value }: PatchCall) {
        const map = { ...(target[member] as Record<string, boolean> | undefined) };
        if (op === 'remove') delete map[names[0] as string];
        else map[names[0] as string] = value === '' ? false : booleanOf(value);
        (target[member] as Record<string, boolean>) = map;
      },
    };
  },
  /** One element of a list of texts, named in the path. */
  element<Target>(member: Keys<Target, string[]>) {
    return {
      ops: ['add', 'remove', 'replace'],
      apply(target: Target, { op, names, value }: PatchCall) {
        const list = (target[member] as string[] | undefined) ?? [];
        const name = names[0] as string;
        const others = list.filter((listed) => listed !== name);
        if (op === 'replace') others.push(value);
        else if (op === 'add') others.push(name);
        (target[member] as string[]) = others;
      },
    };
  },
};

export function booleanOf(value: string): boolean {
  const lower = value.toLowerCase();
  if (lower !== 'true' && lower !== 'false') {
    throw new BadRequestException(`Invalid boolean value specified: ${value}`);
  }
  return lower === 'true';
}

export function integerOf(value: string): number {
  if (!/^-?\d+$/.test(value)) throw new BadRequestException(`Invalid integer value specified: ${value}`);
  return Number(value);
}

export function numberOf(value: string): number {
  const number = Number(value);
  if (value === '' || !Number.isFinite(number)) {
    throw new BadRequestException(`Invalid number value specified: ${value}`);
  }
  return number;
}
