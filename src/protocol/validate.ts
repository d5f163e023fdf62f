/**
 * The constraints of a model, checked and reported as AWS's service framework does:
 *
 *     1 validation error detected: Value 'x' at 'tableName' failed to satisfy constraint: Member must have
 *     length greater than or equal to 3
 *
 * A request that is right (nearly every one) costs one pass of compiled closures without allocation; only
 * when that fails, a second pass words what is wrong.
 */
import type { ServiceModel, Shape, ShapeRef, StructureShape } from './model.ts';
import { isPlainObject, shapeOf } from './shapes.ts';

type Check = (value: unknown) => boolean;

/** AWS lists at most ten violations at once. */
const violationsMax = 10;

export class Validator {
  readonly #checks = new Map<string, Check | undefined>();
  readonly #patterns = new Map<string, RegExp | undefined>();
  readonly #shapes: ServiceModel['shapes'];
  readonly #excepted: ReadonlySet<string>;
  readonly #refusesNull: boolean;

  /**
   * @param excepted shapes that nobody checks here.
   * @param refusesNull null is no element of a list and no value of a map that has constraints.
   */
  constructor(shapes: ServiceModel['shapes'], excepted: readonly string[] = [], refusesNull = false) {
    this.#shapes = shapes;
    this.#excepted = new Set(excepted);
    this.#refusesNull = refusesNull;
  }

  /** @returns the message for an input that breaks a constraint, or undefined; the function itself is undefined when nothing is constrained. */
  compile(ref: ShapeRef): ((input: unknown) => string | undefined) | undefined {
    const check = this.#check(ref);
    if (!check) return undefined;
    return (input) => {
      if (check(input)) return undefined;
      const violations: string[] = [];
      this.#explain(ref, input, '', violations);
      if (violations.length === 0) return undefined;
      const shown = violations.slice(0, violationsMax);
      const errors = shown.length === 1 ? 'error' : 'errors';
      return `${shown.length} validation ${errors} detected: ${shown.join('; ')}`;
    };
  }

  #check(ref: ShapeRef): Check | undefined {
    if (this.#checks.has(ref.shape)) return this.#checks.get(ref.shape);
    const shape = shapeOf(this.#shapes, ref);
    if (!this.#isConstrained(ref.shape, new Set())) {
      this.#checks.set(ref.shape, undefined);
      return undefined;
    }
    // A recursive shape meets itself here: it gets a closure that looks again when it runs.
    let compiled: Check | undefined;
    this.#checks.set(ref.shape, (value) => (compiled as Check)(value));
    compiled = this.#compile(shape);
    this.#checks.set(ref.shape, compiled);
    return compiled;
  }

  #isConstrained(name: string, seen: Set<string>): boolean {
    if (seen.has(name) || this.#excepted.has(name)) return false;
    seen.add(name);
    const shape = shapeOf(this.#shapes, { shape: name });
    switch (shape.type) {
      case 'structure':
        return (
          (shape.required?.length ?? 0) > 0 ||
          Object.values(shape.members).some((member) => this.#isConstrained(member.shape, seen))
        );
      case 'list':
        return (
          (shape.min ?? 0) > 0 || shape.max !== undefined || this.#isConstrained(shape.member.shape, seen)
        );
      case 'map':
        return (
          (shape.min ?? 0) > 0 ||
          shape.max !== undefined ||
          this.#isConstrained(shape.key.shape, seen) ||
          this.#isConstrained(shape.value.shape, seen)
        );
      case 'string':
      case 'character':
        return (
          (shape.min ?? 0) > 0 ||
          shape.max !== undefined ||
          shape.enum !== undefined ||
          this.#patternOf(shape.pattern) !== undefined
        );
      default:
        return 'min' in shape || 'max' in shape;
    }
  }

  #compile(shape: Shape): Check {
    switch (shape.type) {
      case 'structure':
        return this.#structureCheck(shape);
      case 'list': {
        const item = this.#check(shape.member);
        const min = shape.min ?? 0;
        const max = shape.max ?? Number.POSITIVE_INFINITY;
        const refusesNull = this.#refusesNull;
        return (value) => {
          if (!Array.isArray(value)) return true;
          if (value.length < min || value.length > max) return false;
          if (item) for (const entry of value) if (!item(entry)) return false;
          return !refusesNull || !value.includes(null);
        };
      }
      case 'map': {
        const key = this.#check(shape.key);
        const item = this.#check(shape.value);
        const min = shape.min ?? 0;
        const max = shape.max ?? Number.POSITIVE_INFINITY;
        const refusesNull = this.#refusesNull;
        return (value) => {
          if (!isPlainObject(value)) return true;
          let size = 0;
          for (const name in value) {
            size++;
            if (key && !key(name)) return false;
            if (item && !item(value[name])) return false;
            if (refusesNull && value[name] === null) return false;
          }
          return size >= min && size <= max;
        };
      }
      default:
        return (value) =>
          violationsOf(shape, this.#patternOf('pattern' in shape ? shape.pattern : undefined), value);
    }
  }

  #structureCheck(shape: StructureShape): Check {
    const required = shape.required ?? [];
    const members: [string, Check][] = [];
    for (const [name, ref] of Object.entries(shape.members)) {
      const check = this.#check(ref);
      if (check) members.push([name, check]);
    }
    return (value) => {
      if (!isPlainObject(value)) return true;
      for (const name of required) if (value[name] === undefined || value[name] === null) return false;
      for (const [name, check] of members) {
        const member = value[name];
        if (member !== undefined && member !== null && !check(member)) return false;
      }
      return true;
    };
  }

  #explain(ref: ShapeRef, value: unknown, path: string, violations: string[]): void {
    if (value === undefined || value === null || violations.length >= violationsMax) return;
    if (this.#check(ref)?.(value) !== false) return;
    const shape = shapeOf(this.#shapes, ref);
    const report = (at: string, what: unknown, constraint: string, hidden: boolean) => {
      const shown = what === undefined || what === null ? ' null' : hidden ? '' : ` '${describe(what)}'`;
      violations.push(`Value${shown} at '${at}' failed to satisfy constraint: ${constraint}`);
    };
    const hidden = ref.sensitive === true || shape.sensitive === true;
    switch (shape.type) {
      case 'structure': {
        if (!isPlainObject(value)) return;
        for (const [name, member] of Object.entries(shape.members)) {
          const at = path === '' ? lowerFirst(name) : `${path}.${lowerFirst(name)}`;
          if (shape.required?.includes(name) && (value[name] === undefined || value[name] === null)) {
            report(at, undefined, 'Member must not be null', false);
          } else {
            this.#explain(member, value[name], at, violations);
          }
        }
        return;
      }
      case 'list': {
        if (!Array.isArray(value)) return;
        for (const constraint of boundsBroken(shape, value.length, 'length'))
          report(path, value, constraint, hidden);
        const inner = this.#ownConstraints(shape.member, value);
        if (inner.length > 0) {
          report(path, value, `Member must satisfy constraint: [${inner.join(', ')}]`, hidden);
        } else {
          value.forEach((item, index) => {
            this.#explain(shape.member, item, `${path}.${index + 1}.member`, violations);
          });
        }
        return;
      }
      case 'map': {
        if (!isPlainObject(value)) return;
        const names = Object.keys(value);
        for (const constraint of boundsBroken(shape, names.length, 'length'))
          report(path, value, constraint, hidden);
        const keys = this.#ownConstraints(shape.key, names);
        if (keys.length > 0)
          report(path, value, `Map keys must satisfy constraint: [${keys.join(', ')}]`, hidden);
        const values = this.#ownConstraints(shape.value, Object.values(value));
        if (values.length > 0) {
          report(path, value, `Map value must satisfy constraint: [${values.join(', ')}]`, hidden);
        } else {
          for (const name of names)
            this.#explain(shape.value, value[name], `${path}.${name}.member`, violations);
        }
        return;
      }
      default:
        if (isExempt(shape, value)) return;
        for (const constraint of scalarConstraints(
          shape,
          this.#patternOf('pattern' in shape ? shape.pattern : undefined),
        ).sort(patternFirst)) {
          if (!constraint.holds(value)) report(path, value, constraint.text, hidden);
        }
    }
  }

  /** All constraints of a scalar member when one of `values` breaks one: AWS lists them together. */
  #ownConstraints(ref: ShapeRef, values: unknown[]): string[] {
    const shape = shapeOf(this.#shapes, ref);
    if (this.#refusesNull && values.includes(null)) return ['Member must not be null'];
    if (shape.type === 'structure') return [];
    if (shape.type === 'list' || shape.type === 'map') return ownBounds(shape, values);
    const check = this.#check(ref);
    if (!check || values.every((value) => value === null || check(value))) return [];
    return scalarConstraints(shape, this.#patternOf('pattern' in shape ? shape.pattern : undefined)).map(
      (constraint) => constraint.text,
    );
  }

  /** Patterns are Java's; the few that JavaScript can't read constrain nothing here. */
  #patternOf(source: string | undefined): RegExp | undefined {
    if (source === undefined) return undefined;
    if (!this.#patterns.has(source)) this.#patterns.set(source, toRegExp(source));
    return this.#patterns.get(source);
  }
}

interface ScalarConstraint {
  text: string;
  holds(value: unknown): boolean;
}

type Scalar = Exclude<Shape, { type: 'structure' | 'list' | 'map' }>;

function scalarConstraints(shape: Scalar, pattern: RegExp | undefined): ScalarConstraint[] {
  const constraints: ScalarConstraint[] = [];
  const { min, max } = shape as { min?: number; max?: number };
  const numeric = !(shape.type === 'string' || shape.type === 'character' || shape.type === 'blob');
  const size = (value: unknown) => (numeric ? Number(value) : sizeOf(value));
  const what = numeric ? 'value' : 'length';
  if (max !== undefined) {
    constraints.push({
      text: `Member must have ${what} less than or equal to ${max}`,
      holds: (value) => !(size(value) > max),
    });
  }
  if (min !== undefined) {
    constraints.push({
      text: `Member must have ${what} greater than or equal to ${min}`,
      holds: (value) => !(size(value) < min),
    });
  }
  if (shape.type === 'string' || shape.type === 'character') {
    const { enum: allowed, pattern: source } = shape;
    if (pattern) {
      constraints.push({
        text: `Member must satisfy regular expression pattern: ${source}`,
        holds: (value) => pattern.test(String(value)),
      });
    }
    if (allowed) {
      constraints.push({
        text: `Member must satisfy enum value set: [${allowed.join(', ')}]`,
        holds: (value) => allowed.includes(String(value)),
      });
    }
  }
  return constraints;
}

const compiledConstraints = new WeakMap<Shape, ScalarConstraint[]>();

function violationsOf(shape: Scalar, pattern: RegExp | undefined, value: unknown): boolean {
  let constraints = compiledConstraints.get(shape);
  if (!constraints) {
    constraints = scalarConstraints(shape, pattern);
    compiledConstraints.set(shape, constraints);
  }
  for (const constraint of constraints) if (!constraint.holds(value)) return isExempt(shape, value);
  return true;
}

/** An ARN where a name is asked for. */
function isExempt(shape: Scalar, value: unknown): boolean {
  return 'orArn' in shape && shape.orArn === true && typeof value === 'string' && value.startsWith('arn:');
}

/** Of one value's violations AWS tells the pattern first. */
function patternFirst(left: ScalarConstraint, right: ScalarConstraint): number {
  const rank = ({ text }: ScalarConstraint) => (text.includes('expression pattern') ? 0 : 1);
  return rank(left) - rank(right);
}

/** Both bounds of lists or maps inside another when one of them breaks either. */
function ownBounds(shape: { min?: number; max?: number }, values: unknown[]): string[] {
  const sizes = values.map((value) =>
    Array.isArray(value) ? value.length : Object.keys(value ?? {}).length,
  );
  if (sizes.every((size) => boundsBroken(shape, size, 'length').length === 0)) return [];
  const texts: string[] = [];
  if (shape.max !== undefined) texts.push(`Member must have length less than or equal to ${shape.max}`);
  if (shape.min !== undefined) texts.push(`Member must have length greater than or equal to ${shape.min}`);
  return texts;
}

/** Strings count in UTF-16 units, as Java's do; streams have no size yet. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return value instanceof Uint8Array ? value.byteLength : Number.NaN;
}

function boundsBroken(shape: { min?: number; max?: number }, size: number, what: string): string[] {
  const broken: string[] = [];
  if (shape.max !== undefined && size > shape.max)
    broken.push(`Member must have ${what} less than or equal to ${shape.max}`);
  if (shape.min !== undefined && size < shape.min)
    broken.push(`Member must have ${what} greater than or equal to ${shape.min}`);
  return broken;
}

/** Values as Java prints them: `[a, b]`, `{k=v}`. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(describe).join(', ')}]`;
  if (value instanceof Uint8Array)
    return `java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]`;
  if (value instanceof Date) return value.toISOString();
  if (isPlainObject(value)) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}=${describe(item)}`)
      .join(', ')}}`;
  }
  return String(value);
}

/** `TableName` → `tableName`; AWS lowers the first letter only, also of `DBInstanceIdentifier`. */
function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function toRegExp(source: string): RegExp | undefined {
  // Constraints hold for the whole value, anchored or not.
  for (const flags of ['u', '']) {
    try {
      return new RegExp(`^(?:${javaToJs(source)})$`, flags);
    } catch {
      // Not readable with these flags.
    }
  }
  return undefined;
}

/** What Java's patterns have and JavaScript's lack: POSIX classes, `\A`, `\Z`, inline flags at the start, possessive quantifiers. */
function javaToJs(source: string): string {
  return source
    .replace(/^\(\?[si]+\)/, '')
    .replace(/\\[Az]|\\Z/g, '')
    .replace(/\\p\{(\w+)\}/g, (whole, name: string, at: number, text: string) => {
      const members = posixClasses[name];
      if (members === undefined) return whole;
      const inClass = text.lastIndexOf('[', at) > text.lastIndexOf(']', at);
      return inClass ? members : `[${members}]`;
    })
    .replace(/\[\[:alnum:\]/g, '[a-zA-Z0-9')
    .replace(/\[\[:word:\]/g, '[\\w');
}

const posixClasses: Record<string, string> = {
  Alnum: 'a-zA-Z0-9',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Upper: 'A-Z',
  Lower: 'a-z',
  ASCII: '\\x00-\\x7f',
  Graph: '\\x21-\\x7e',
  Print: '\\x20-\\x7e',
  Punct: '!-\\/:-@\\[-`{-~',
};
