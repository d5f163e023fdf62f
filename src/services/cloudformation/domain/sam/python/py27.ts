import { type Dict, isMap } from '../values.ts';

/**
 * SAM names a deployment after the SHA-1 of `str(swagger)`, and keeps that text as Python 2.7 wrote it:
 * maps in the order of 2.7's hash tables, template text as u'…', SAM's own literals as '…'. A stack that
 * was deployed once must get the same ids for ever, so the AWS transform still does it; we follow it.
 *
 * Three marks live beside the values, not in them:
 * - {@link str} boxes a literal of SAM's own (everything unboxed is template text, hence unicode),
 * - {@link py} makes a map a 2.7 dictionary whose keys are literals,
 * - {@link markTemplate} makes a map read from a template one, its keys unicode.
 */

const tables = new WeakMap<object, KeyTable>();
const literals = new WeakMap<object, Set<string>>();

/** A literal string of SAM's own. Typed as the primitive it stands for: JSON unboxes it. */
export function str(value: string): string {
  return new String(value) as unknown as string;
}

/** A 2.7 dictionary with literal keys. */
export function py(map: Dict = {}): Dict {
  tables.set(map, KeyTable.of(Object.keys(map)));
  literals.set(map, new Set(Object.keys(map)));
  return map;
}

/** Sets a literal key; a key that is there already keeps the kind it has. */
export function put(map: Dict, key: string, value: unknown): void {
  if (!(key in map)) {
    const known = literals.get(map) ?? new Set<string>();
    known.add(key);
    literals.set(map, known);
  }
  map[key] = value;
}

/** Sets a key of the kind that the string itself is: a literal when it is boxed. */
export function assign(map: Dict, key: string, value: unknown): void {
  if ((key as unknown) instanceof String) put(map, String(key), value);
  else map[key] = value;
}

/** Whether a key was written by SAM and not by the template's author. */
export function isLiteralKey(map: Dict, key: string): boolean {
  return literals.get(map)?.has(key) ?? false;
}

/** Makes a template's value, with all it contains, 2.7 dictionaries. */
export function markTemplate(value: unknown): void {
  if (Array.isArray(value)) {
    for (const item of value) markTemplate(item);
  } else if (isMap(value)) {
    markKeys(value);
    for (const item of Object.values(value)) markTemplate(item);
  }
}

/** Makes only this map a 2.7 dictionary, whatever its values are. */
export function markKeys(map: Dict): void {
  tables.set(map, KeyTable.of(Object.keys(map)));
}

/** The keys in the order Python would give: hash order for 2.7 dictionaries, insertion order otherwise. */
export function keysOf(map: Dict): string[] {
  const table = tables.get(map);
  if (!table) return Object.keys(map);
  table.reconcile(map);
  return table.keys();
}

export function entriesOf(map: Dict): [string, unknown][] {
  return keysOf(map).map((key) => [key, map[key]]);
}

/** Python's `copy.deepcopy`: the marks are kept, the hash tables are rebuilt. */
export function deepCopy<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item) => deepCopy(item)) as T;
  if (!isMap(value)) return value;
  const copy: Dict = {};
  for (const [key, item] of Object.entries(value)) copy[key] = deepCopy(item);
  copyMarks(value, copy, () => KeyTable.of(keysOf(value)));
  return copy as T;
}

/** Python's `dict.copy()`. */
export function shallowCopy(value: Dict): Dict {
  const copy = { ...value };
  copyMarks(value, copy, () => {
    const table = new KeyTable();
    table.merge(keysOf(value));
    return table;
  });
  return copy;
}

/** Python's `dict.update()`. */
export function update(target: Dict, source: Dict): void {
  const table = tables.get(target);
  const keys = keysOf(source);
  if (table) {
    table.reconcile(target);
    table.merge(keys);
  }
  for (const key of keys) {
    if (isLiteralKey(source, key)) put(target, key, source[key]);
    else target[key] = source[key];
  }
}

function copyMarks(from: Dict, to: Dict, table: () => KeyTable): void {
  if (tables.has(from)) tables.set(to, table());
  const known = literals.get(from);
  if (known) literals.set(to, new Set(known));
}

const minimumSize = 8;
const perturbShift = 5n;
const removed = Symbol('removed');

/** The slots of a CPython 2.7 dictionary: open addressing, with tombstones. */
class KeyTable {
  private slots = new Map<number, string | typeof removed>();
  private mask = minimumSize - 1;
  private filled = 0;
  private size = 0;

  static of(keys: string[]): KeyTable {
    const table = new KeyTable();
    for (const key of keys) table.add(key);
    return table;
  }

  keys(): string[] {
    const ordered = [...this.slots.entries()].sort(([left], [right]) => left - right);
    return ordered.flatMap(([, key]) => (key === removed ? [] : [key]));
  }

  /** Catches up with what was written to the map directly. */
  reconcile(map: Dict): void {
    const known = new Set(this.keys());
    for (const key of known) if (!(key in map)) this.remove(key);
    for (const key of Object.keys(map)) if (!known.has(key)) this.add(key);
  }

  merge(keys: string[]): void {
    if (keys.length === 0) return;
    if ((this.filled + keys.length) * 3 >= (this.mask + 1) * 2) this.resize((this.size + keys.length) * 2);
    for (const key of keys) this.add(key);
  }

  private add(key: string): void {
    const slot = this.slotOf(key);
    const found = this.slots.get(slot);
    if (found === key) return;
    if (found === undefined) this.filled += 1;
    this.size += 1;
    this.slots.set(slot, key);
    if (this.filled * 3 >= (this.mask + 1) * 2) this.resize(this.size * 4);
  }

  private remove(key: string): void {
    const slot = this.slotOf(key);
    if (this.slots.get(slot) !== key) return;
    this.slots.set(slot, removed);
    this.size -= 1;
  }

  private resize(request: number): void {
    let capacity = minimumSize;
    while (capacity <= request) capacity *= 2;
    const keys = this.keys();
    this.mask = capacity - 1;
    this.slots = new Map();
    this.filled = 0;
    this.size = 0;
    for (const key of keys) this.add(key);
  }

  private slotOf(key: string): number {
    const hash = hash27(key);
    const mask = BigInt(this.mask);
    let walker = hash & mask;
    let perturb = hash;
    let free: number | undefined;
    for (;;) {
      const slot = Number(walker & mask);
      const found = this.slots.get(slot);
      if (found === key) return slot;
      if (found === undefined) return free ?? slot;
      if (found === removed) free ??= slot;
      walker = walker * 5n + perturb + 1n;
      perturb >>= perturbShift;
    }
  }
}

/** The keys of API definitions are few and come again and again. */
const rememberedHashesMax = 4_096;
const rememberedHashes = new Map<string, bigint>();

/** Python 2.7's string hash on a 64-bit machine, unsigned. */
function hash27(value: string): bigint {
  const known = rememberedHashes.get(value);
  if (known !== undefined) return known;
  if (rememberedHashes.size >= rememberedHashesMax) rememberedHashes.clear();
  const hash = computeHash27(value);
  rememberedHashes.set(value, hash);
  return hash;
}

function computeHash27(value: string): bigint {
  const points = Array.from(value, (character) => BigInt(character.codePointAt(0) ?? 0));
  const first = points[0];
  if (first === undefined) return 0n;
  let hash = first << 7n;
  for (const point of points) hash = BigInt.asUintN(64, (1000003n * hash) ^ point);
  return BigInt.asUintN(64, hash ^ BigInt(points.length));
}
