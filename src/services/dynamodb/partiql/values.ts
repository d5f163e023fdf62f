/** Literals and parameters of a statement as attribute values. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.data-types.html */
import {
  type AttributeValue,
  checkAttributeValue,
  setAttribute,
  setKey,
  typeOf,
} from '../domain/attributeValues.ts';
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Collection, Expression, Struct } from './ast.ts';
import { showSpan } from './errors.ts';

/** @throws ValidationException when the expression isn't a value that DynamoDB keeps. */
export function readValue(expression: Expression, parameters: readonly AttributeValue[]): AttributeValue {
  return read(expression, parameters, 'root', 1);
}

/** True for what `readValue` reads, whether it is valid or not. */
export function isValue({ kind }: Expression): boolean {
  return values.has(kind);
}

const values = new Set(['string', 'number', 'boolean', 'null', 'parameter', 'list', 'bag', 'struct']);

/** @returns undefined when it isn't a struct. @throws ValidationException as `readValue`. */
export function readItem(
  expression: Expression,
  parameters: readonly AttributeValue[],
): Record<string, AttributeValue> | undefined {
  return expression.kind === 'struct' ? readMembers(expression, parameters, undefined, 1) : undefined;
}

function read(
  expression: Expression,
  parameters: readonly AttributeValue[],
  place: string,
  depth: number,
): AttributeValue {
  switch (expression.kind) {
    case 'string':
      return { S: expression.text };
    case 'number':
      return readNumber(expression, place);
    case 'boolean':
      return { BOOL: expression.value };
    case 'null':
      return { NULL: true };
    case 'parameter':
      return parameters[expression.index] as AttributeValue;
    case 'list':
      checkDepth(depth);
      return {
        L: expression.items.map((item, index) => read(item, parameters, `${place}.${index}`, depth + 1)),
      };
    case 'bag':
      return readBag(expression, parameters);
    case 'struct':
      checkDepth(depth);
      return { M: readMembers(expression, parameters, place, depth) };
    default:
      throw new ValidationException(
        `Unsupported data type: ${nameOf(expression, place !== 'root')} under key ${place} at ${showSpan(expression.at)}`,
      );
  }
}

function readNumber({ text, at }: Extract<Expression, { kind: 'number' }>, place: string): AttributeValue {
  const digits = text.replace(/^-|[eE].*$/g, '').replace('.', '');
  if (digits.replace(/^0+/, '').length > limits.numberDigitsMax) {
    throw new ValidationException('DynamoDB only supports precision up to 38 digits');
  }
  if (/^-0*\.0*$/.test(text)) {
    throw new ValidationException(
      `Negative zero decimal is not supported under key ${place} at ${showSpan(at)}`,
    );
  }
  const value = { N: text };
  checkAttributeValue(value);
  return value;
}

function checkDepth(depth: number): void {
  if (depth > limits.nestingMax) {
    throw new ValidationException('Nesting Levels have exceeded supported limits');
  }
}

/** A bag is a set: of strings or of numbers; binary sets come as parameters. */
function readBag({ items, at }: Collection, parameters: readonly AttributeValue[]): AttributeValue {
  if (items.length === 0) {
    throw new ValidationException(`Empty bags are not supported at ${showSpan(at)}`);
  }
  const unsupported =
    'Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags';
  const members = items.map((item) => {
    const value = isValue(item) ? readValue(item, parameters) : {};
    if (value.S === undefined && value.N === undefined) {
      throw new ValidationException(`${unsupported} at ${showSpan(item.at)}`);
    }
    return value;
  });
  const type = typeOf(members[0] as AttributeValue) as 'S' | 'N';
  if (members.some((member) => member[type] === undefined)) throw new ValidationException(unsupported);
  const contents = members.map((member) => member[type] as string);
  if (new Set(contents.map(setKey)).size !== contents.length) {
    throw new ValidationException('Input collection contains duplicates');
  }
  return type === 'S' ? { SS: contents } : { NS: contents };
}

/** @param place undefined for an item: its attributes are roots of their own. */
function readMembers(
  { members, at }: Struct,
  parameters: readonly AttributeValue[],
  place: string | undefined,
  depth: number,
): Record<string, AttributeValue> {
  const item: Record<string, AttributeValue> = {};
  for (const { name, value } of members) {
    if (name.kind !== 'string') {
      throw new ValidationException(
        `Tuple keys must be of type String. Actual type: ${nameOf(name, true)} under ${place ?? 'root'} at ${showSpan(name.at)}`,
      );
    }
    if (Object.hasOwn(item, name.text)) {
      throw new ValidationException(
        `Duplicate keys in tuple. Key: ${name.text} under ${place ?? 'root'} at ${showSpan(place === undefined ? name.at : at)}`,
      );
    }
    if (name.text === '') throw new ValidationException('Path component cannot be an empty string');
    const inner = place === undefined ? 'root' : `${place}.${name.text}`;
    setAttribute(item, name.text, read(value, parameters, inner, depth + 1));
  }
  return item;
}

/** What an expression is, as DynamoDB calls it in complaints: by its kind inside another, else as it is written. */
function nameOf(expression: Expression, inside: boolean): string {
  switch (expression.kind) {
    case 'path':
      return inside ? 'VariableReference' : expression.steps[0];
    case 'missing':
      return inside ? 'LiteralMissing' : 'MISSING';
    case 'parameter':
      return 'Parameter';
    case 'operator':
    case 'sign':
      return inside ? 'NAry' : expression.operator;
    case 'compare':
      return inside ? 'NAry' : expression.comparator;
    case 'call':
      return inside ? 'NAry' : expression.name;
    default:
      return expression.kind;
  }
}
