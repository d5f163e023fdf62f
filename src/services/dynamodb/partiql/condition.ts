/** A WHERE clause as one of DynamoDB's condition expressions, whose checks and meaning it shares. */
import type { AttributeType, AttributeValue, Item } from '../domain/attributeValues.ts';
import type { Condition, FunctionCall, Operand, PathStep } from '../domain/expressions/ast.ts';
import { type BoundCondition, bindCondition } from '../domain/expressions/bindCondition.ts';
import { ExpressionError } from '../domain/expressions/errors.ts';
import { Placeholders } from '../domain/expressions/placeholders.ts';
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Call, Expression, Path } from './ast.ts';
import { showSpan, tooManyOperands } from './errors.ts';
import { isValue, readValue } from './values.ts';

/** @throws ValidationException when it isn't a condition, or compares what can't be compared. */
export function bindWhere(where: Expression, parameters: readonly AttributeValue[]): BoundCondition {
  const translator = new Translator(parameters);
  const tree = translator.condition(where);
  try {
    return bindCondition({ tree, flaws: {} }, translator.placeholders());
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new ValidationException(error.message);
  }
}

function notBoolean(): Error {
  return new ValidationException('WHERE clause must contain an expression that resolves to a boolean');
}

const conditionFunctions = new Set([
  'begins_with',
  'contains',
  'attribute_type',
  'attribute_exists',
  'attribute_not_exists',
]);

/** Names of functions that are known somewhere, so that they are complained about in other words. */
export const knownFunctions: ReadonlySet<string> = new Set([...conditionFunctions, 'size']);

/** PartiQL's types that IS can test for, as DynamoDB tags them. */
const testableTypes: Readonly<Record<string, AttributeType>> = {
  null: 'NULL',
  boolean: 'BOOL',
  bool: 'BOOL',
  blob: 'B',
  string: 'S',
  numeric: 'N',
  struct: 'M',
  tuple: 'M',
  list: 'L',
};

const typeAliases: Readonly<Record<string, string>> = {
  bigint: 'integer8',
  char: 'character',
  dec: 'decimal',
  int: 'integer',
  int2: 'smallint',
  int4: 'integer4',
  int8: 'integer8',
  integer2: 'smallint',
  varchar: 'character_varying',
};

class Translator {
  readonly #parameters: readonly AttributeValue[];
  readonly #values: Item = {};
  #count = 0;

  constructor(parameters: readonly AttributeValue[]) {
    this.#parameters = parameters;
  }

  placeholders(): Placeholders {
    return new Placeholders(undefined, this.#count > 0 ? this.#values : undefined);
  }

  condition(expression: Expression): Condition {
    switch (expression.kind) {
      case 'and':
      case 'or':
        return { kind: expression.kind, terms: expression.terms.map((term) => this.condition(term)) };
      case 'not':
        return { kind: 'not', term: this.condition(expression.term) };
      case 'compare': {
        const { comparator, left, right } = expression;
        return { kind: 'compare', comparator, left: this.operand(left), right: this.operand(right) };
      }
      case 'between': {
        const { operand, lower, upper, negated } = expression;
        return negatedIf(negated, {
          kind: 'between',
          operand: this.operand(operand),
          lower: this.operand(lower),
          upper: this.operand(upper),
        });
      }
      case 'in':
        return negatedIf(expression.negated, this.#in(expression.operand, expression.list));
      case 'is':
        return negatedIf(expression.negated, this.#is(expression));
      case 'call':
        return this.#call(expression);
      case 'operator':
      case 'sign':
        throw unsupportedOperator(expression.operator);
      default:
        throw notBoolean();
    }
  }

  operand(expression: Expression): Operand {
    switch (expression.kind) {
      case 'path':
        return pathOperand(expression);
      case 'call':
        if (expression.name.toLowerCase() === 'size') return this.#function('size', expression);
        if (!conditionFunctions.has(expression.name.toLowerCase())) throw unrecognized(expression);
        throw notBoolean();
      case 'operator':
      case 'sign':
        throw unsupportedOperator(expression.operator);
      case 'missing':
        throw new ValidationException('MISSING must be compared using IS operator');
      default:
        if (!isValue(expression)) throw notBoolean();
        return this.#value(readValue(expression, this.#parameters));
    }
  }

  #value(value: AttributeValue): Operand {
    const placeholder = `:v${this.#count++}`;
    this.#values[placeholder] = value;
    return { kind: 'value', placeholder };
  }

  #in(operand: Expression, list: Expression): Condition {
    if ((list.kind !== 'list' && list.kind !== 'bag') || list.items.length === 0) {
      throw new ValidationException(
        'IN operator must have a left hand argument of type Variable Reference and right hand argument of type Seq with at least one member',
      );
    }
    if (list.items.length > limits.inOperandsMax) {
      throw tooManyOperands(list.items.length);
    }
    const candidates = list.items.map((item) => this.operand(item));
    return { kind: 'in', operand: this.operand(operand), candidates };
  }

  #is({ operand, type, at }: Extract<Expression, { kind: 'is' }>): Condition {
    const tested = this.operand(operand);
    if (type === 'missing') return { kind: 'function', name: 'attribute_not_exists', operands: [tested] };
    const tag = testableTypes[type];
    if (tag === undefined) {
      throw new ValidationException(
        `Unsupported data type for IS operator: ${(typeAliases[type] ?? type).toUpperCase()}. Supported data types are [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST] at ${showSpan(at)}`,
      );
    }
    return { kind: 'function', name: 'attribute_type', operands: [tested, this.#value({ S: tag })] };
  }

  #call(call: Call): Condition {
    const name = call.name.toLowerCase();
    if (name === 'size') throw notBoolean();
    if (!conditionFunctions.has(name)) throw unrecognized(call);
    return this.#function(name, call);
  }

  #function(name: string, { operands }: Call): FunctionCall {
    return { kind: 'function', name, operands: operands.map((operand) => this.operand(operand)) };
  }
}

function pathOperand({ steps }: Path): Operand {
  const named = steps.map((step) => (typeof step === 'number' ? step : { name: step }));
  return { kind: 'path', steps: named as unknown as [PathStep, ...PathStep[]] };
}

function negatedIf(negated: boolean, term: Condition): Condition {
  return negated ? { kind: 'not', term } : term;
}

function unsupportedOperator(operator: string): Error {
  return new ValidationException(
    `Unsupported operator in Condition Expression. Operator: ${operator.replace('_', ' ')}`,
  );
}

export function unrecognized({ name }: Call): Error {
  return new ValidationException(`Unrecognized function: ${name}`);
}
