/** A parsed condition with the names and values of a request: checks it and makes a predicate over items. */
import { type AttributeValue, compareValues, type Item, typeOf } from '../attributeValues.ts';
import { beginsWith, between, compare, contains, showValue, sizeOf } from '../compare.ts';
import type { Condition, FunctionCall, Operand, Parsed } from './ast.ts';
import { ExpressionError } from './errors.ts';
import { reportFlaws } from './flaws.ts';
import { conditionFunctions } from './grammar.ts';
import { readPath, samePath, showPath } from './paths.ts';
import type { DocumentPath, Placeholders } from './placeholders.ts';

export type Predicate = (item: Item) => boolean;
type Reading = (item: Item) => AttributeValue | undefined;

export interface BoundCondition {
  matches: Predicate;
  /** Every path it reads. */
  paths: readonly DocumentPath[];
}

/** @throws ExpressionError for the first mistake in DynamoDB's order. */
export function bindCondition(parsed: Parsed<Condition>, placeholders: Placeholders): BoundCondition {
  reportFlaws(parsed);
  const binder = new Binder(placeholders);
  const matches = binder.condition(parsed.tree);
  return { matches, paths: binder.paths };
}

class Binder {
  readonly paths: DocumentPath[] = [];
  readonly #placeholders: Placeholders;

  constructor(placeholders: Placeholders) {
    this.#placeholders = placeholders;
  }

  condition(condition: Condition): Predicate {
    switch (condition.kind) {
      case 'and': {
        const terms = condition.terms.map((term) => this.condition(term));
        return (item) => terms.every((term) => term(item));
      }
      case 'or': {
        const terms = condition.terms.map((term) => this.condition(term));
        return (item) => terms.some((term) => term(item));
      }
      case 'not': {
        const term = this.condition(condition.term);
        return (item) => !term(item);
      }
      case 'function':
        return this.#function(condition);
      case 'compare': {
        const { comparator } = condition;
        this.#check(comparator, [condition.left, condition.right]);
        if (comparator !== '=' && comparator !== '<>') {
          for (const operand of [condition.left, condition.right]) this.#checkOrdered(comparator, operand);
        }
        const left = this.#reading(condition.left);
        const right = this.#reading(condition.right);
        return (item) => compare(comparator, left(item), right(item));
      }
      case 'between': {
        this.#check('BETWEEN', [condition.operand, condition.lower, condition.upper]);
        for (const operand of [condition.operand, condition.lower, condition.upper]) {
          this.#checkOrdered('BETWEEN', operand);
        }
        this.#checkBounds(condition.lower, condition.upper);
        const operand = this.#reading(condition.operand);
        const lower = this.#reading(condition.lower);
        const upper = this.#reading(condition.upper);
        return (item) => between(operand(item), lower(item), upper(item));
      }
      case 'in': {
        this.#check('IN', [condition.operand, ...condition.candidates]);
        const operand = this.#reading(condition.operand);
        const candidates = condition.candidates.map((candidate) => this.#reading(candidate));
        return (item) => {
          const value = operand(item);
          return candidates.some((candidate) => compare('=', value, candidate(item)));
        };
      }
    }
  }

  #function(call: FunctionCall): Predicate {
    this.#check(call.name, [call]);
    const [first, second] = call.operands.map((operand) => this.#reading(operand)) as [Reading, Reading];
    switch (call.name) {
      case 'attribute_exists':
        return (item) => first(item) !== undefined;
      case 'attribute_not_exists':
        return (item) => first(item) === undefined;
      case 'attribute_type':
        return (item) => {
          const value = first(item);
          return value !== undefined && typeOf(value) === second(item)?.S;
        };
      case 'begins_with':
        return (item) => beginsWith(first(item), second(item));
      case 'contains':
        return (item) => contains(first(item), second(item));
      default:
        throw new ExpressionError(`Invalid function name; function: ${call.name}`);
    }
  }

  #reading(operand: Operand): Reading {
    switch (operand.kind) {
      case 'value': {
        const value = this.#placeholders.value(operand.placeholder);
        return () => value;
      }
      case 'path': {
        const path = this.#placeholders.path(operand);
        this.paths.push(path);
        return (item) => readPath(item, path);
      }
      case 'function': {
        const inner = this.#reading(operand.operands[0] as Operand);
        return (item) => sizeOf(inner(item));
      }
    }
  }

  /** In order: placeholders, numbers of operands, distinctness, types. */
  #check(operator: string, operands: readonly Operand[]): void {
    for (const operand of operands) this.#placeholders.touch(operand);
    const calls = operands.flatMap(callsIn);
    for (const call of calls) checkCount(call);
    this.#checkDistinct(operator, operands);
    for (const call of calls) this.#checkDistinct(call.name, call.operands);
    for (const call of calls) this.#checkTypes(call);
  }

  #checkDistinct(operator: string, [first, ...rest]: readonly Operand[]): void {
    if (first?.kind !== 'path' || rest.length === 0) return;
    const path = this.#placeholders.path(first);
    if (rest.some((other) => other.kind === 'path' && samePath(path, this.#placeholders.path(other)))) {
      throw new ExpressionError(
        `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${showPath(path)}`,
      );
    }
  }

  #checkTypes(call: FunctionCall): void {
    const [first, second] = call.operands;
    switch (call.name) {
      case 'attribute_exists':
      case 'attribute_not_exists':
        if (first?.kind !== 'path') {
          throw new ExpressionError(
            `Operator or function requires a document path; operator or function: ${call.name}`,
          );
        }
        break;
      case 'begins_with':
        for (const operand of call.operands) {
          const type = this.#type(operand);
          if (type && type !== 'S' && type !== 'B') throw wrongType(call.name, type);
        }
        break;
      case 'attribute_type': {
        const type = this.#type(second as Operand);
        if (type !== 'S') throw wrongType(call.name, type ?? '{NS,SS,L,BS,N,M,B,BOOL,NULL,S}');
        const name = second?.kind === 'value' ? this.#placeholders.value(second.placeholder).S : undefined;
        if (!typeNames.has(name as string)) {
          throw new ExpressionError(
            `Invalid attribute type name found; type: ${name}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`,
          );
        }
        break;
      }
      case 'size': {
        const type = this.#type(first as Operand);
        if (type === 'N' || type === 'BOOL' || type === 'NULL') throw wrongType('size', type);
        break;
      }
    }
  }

  #checkOrdered(comparator: string, operand: Operand): void {
    const type = this.#type(operand);
    if (type && type !== 'S' && type !== 'N' && type !== 'B') {
      throw new ExpressionError(
        `Incorrect operand type for operator or function; operator or function: ${comparator}, operand type: ${type}`,
      );
    }
  }

  #checkBounds(lower: Operand, upper: Operand): void {
    if (lower.kind !== 'value' || upper.kind !== 'value') return;
    const low = this.#placeholders.value(lower.placeholder);
    const high = this.#placeholders.value(upper.placeholder);
    const shown = `lower bound operand: ${showValue(low)}, upper bound operand: ${showValue(high)}`;
    if (typeOf(low) !== typeOf(high)) {
      throw new ExpressionError(
        `The BETWEEN operator requires same data type for lower and upper bounds; ${shown}`,
      );
    }
    if ((compareValues(low, high) ?? 0) > 0) {
      throw new ExpressionError(
        `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${shown}`,
      );
    }
  }

  /** The type of an operand, when it is known without an item. */
  #type(operand: Operand): string | undefined {
    if (operand.kind === 'value') return typeOf(this.#placeholders.value(operand.placeholder));
    if (operand.kind === 'function') return operand.name === 'size' ? 'N' : 'BOOL';
    return undefined;
  }
}

const typeNames = new Set(['S', 'N', 'B', 'NULL', 'SS', 'BOOL', 'L', 'BS', 'NS', 'M']);

/** Calls inside an operand, the inner ones first, as they are completed when read. */
function callsIn(operand: Operand): FunctionCall[] {
  return operand.kind === 'function' ? [...operand.operands.flatMap(callsIn), operand] : [];
}

function checkCount(call: FunctionCall): void {
  if (call.operands.length !== conditionFunctions.get(call.name)) {
    throw new ExpressionError(
      `Incorrect number of operands for operator or function; operator or function: ${call.name}, number of operands: ${call.operands.length}`,
    );
  }
}

function wrongType(name: string, type: string): ExpressionError {
  return new ExpressionError(
    `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
  );
}
