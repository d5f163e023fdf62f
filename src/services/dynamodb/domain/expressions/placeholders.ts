/** `#names` and `:values` of one request: resolves them and knows which were never used. */
import { ValidationException } from '../../errors.ts';
import { limits } from '../../limits.ts';
import {
  type AttributeValue,
  checkAttributeName,
  checkAttributeValue,
  type Item,
} from '../attributeValues.ts';
import type { Operand, Path } from './ast.ts';
import { ExpressionError } from './errors.ts';

/** A document path whose names are known. */
export type DocumentPath = readonly [string, ...(string | number)[]];

const namePattern = /^#[0-9a-zA-Z_]+$/;
const valuePattern = /^:[0-9a-zA-Z_]+$/;

export class Placeholders {
  readonly #names: Readonly<Record<string, string>> | undefined;
  readonly #values: Item | undefined;
  readonly #usedNames = new Set<string>();
  readonly #usedValues = new Set<string>();

  /** @throws ValidationException when the maps are empty, have malformed keys or invalid values. */
  constructor(names: Record<string, string> | undefined, values: Item | undefined) {
    this.#names = names;
    this.#values = values;
    if (names) {
      checkKeys(names, 'ExpressionAttributeNames', namePattern);
      for (const key in names) checkName(key, names[key]);
    }
    if (values) {
      checkKeys(values, 'ExpressionAttributeValues', valuePattern);
      for (const key in values) checkValue(key, values[key] as AttributeValue);
    }
  }

  /** @throws ExpressionError when a placeholder of the path is not defined. */
  path(path: Path): DocumentPath {
    return path.steps.map((step) => {
      if (typeof step === 'number') return step;
      return 'name' in step ? step.name : this.#name(step.placeholder);
    }) as unknown as DocumentPath;
  }

  #name(placeholder: string): string {
    const name = this.#names && Object.hasOwn(this.#names, placeholder) && this.#names[placeholder];
    if (typeof name !== 'string') {
      throw new ExpressionError(
        `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
      );
    }
    this.#usedNames.add(placeholder);
    return name;
  }

  /** @throws ExpressionError when it is not defined. */
  value(placeholder: string): AttributeValue {
    const value = this.#values && Object.hasOwn(this.#values, placeholder) && this.#values[placeholder];
    if (!value) {
      throw new ExpressionError(
        `An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
      );
    }
    this.#usedValues.add(placeholder);
    return value;
  }

  /** Resolves all that an operand mentions, in the order of the text, only to find what is not defined. */
  touch(operand: Operand): void {
    if (operand.kind === 'path') this.path(operand);
    else if (operand.kind === 'value') this.value(operand.placeholder);
    else for (const inner of operand.operands) this.touch(inner);
  }

  /** @throws ValidationException naming what no expression of the request used. */
  checkUnused(): void {
    checkUsed(this.#names, this.#usedNames, 'ExpressionAttributeNames');
    checkUsed(this.#values, this.#usedValues, 'ExpressionAttributeValues');
  }
}

function checkKeys(map: object, parameter: string, pattern: RegExp): void {
  const keys = Object.keys(map);
  if (keys.length === 0) throw new ValidationException(`${parameter} must not be empty`);
  for (const key of keys) {
    if (!pattern.test(key)) {
      throw new ValidationException(`${parameter} contains invalid key: Syntax error; key: "${key}"`);
    }
    // The pattern has let ASCII through only.
    if (key.length > limits.placeholderBytesMax) {
      throw new ValidationException(
        `${parameter} contains invalid key: The expression attribute map contains a key that is too long; size of key: ${key.length}`,
      );
    }
  }
}

/** The wire lets null through where the model has strings. */
function checkName(key: string, name: string | null | undefined): void {
  if (typeof name !== 'string') {
    throw new ValidationException(`ExpressionAttributeNames contains invalid value: null for key ${key}`);
  }
  within('ExpressionAttributeNames', key, () => checkAttributeName(name));
}

function checkValue(key: string, value: AttributeValue): void {
  within('ExpressionAttributeValues', key, () => checkAttributeValue(value));
}

/** Says of which placeholder it is that `check` complains. */
function within(parameter: string, key: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof ValidationException)) throw error;
    throw new ValidationException(`${parameter} contains invalid value: ${error.message} for key ${key}`);
  }
}

function checkUsed(map: object | undefined, used: ReadonlySet<string>, parameter: string): void {
  if (!map) return;
  const unused = Object.keys(map).filter((key) => !used.has(key));
  if (unused.length > 0) {
    throw new ValidationException(
      `Value provided in ${parameter} unused in expressions: keys: {${unused.join(', ')}}`,
    );
  }
}
