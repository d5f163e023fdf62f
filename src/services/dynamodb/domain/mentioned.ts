/**
 * What a request mentions, for IAM's condition keys: which attributes (`dynamodb:Attributes`) and which partitions
 * (`dynamodb:LeadingKeys`). https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
import { type AttributeValue, base64, type Item } from './attributeValues.ts';
import type { Condition, Operand, Path, SetOperand, UpdateAction } from './expressions/ast.ts';
import { conditionOf, projectionOf, updateOf } from './expressions/cache.ts';
import { ExpressionError } from './expressions/errors.ts';
import type { LegacyCondition } from './legacyConditions.ts';

/** The members of data operations that name attributes. */
export interface Mentioning {
  Key?: Item;
  Item?: Item;
  Keys?: Item[];
  AttributesToGet?: string[];
  AttributeUpdates?: Record<string, unknown>;
  Expected?: Record<string, unknown>;
  KeyConditions?: Record<string, LegacyCondition>;
  QueryFilter?: Record<string, unknown>;
  ScanFilter?: Record<string, unknown>;
  ProjectionExpression?: string;
  FilterExpression?: string;
  ConditionExpression?: string;
  KeyConditionExpression?: string;
  UpdateExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
}

/** Top-level names of all attributes that a request mentions. An expression that doesn't parse mentions nothing. */
export function mentionedAttributes(request: Mentioning): string[] {
  const names = new Set<string>(request.AttributesToGet);
  const maps = [
    request.Key,
    request.Item,
    ...(request.Keys ?? []),
    request.AttributeUpdates,
    request.Expected,
    request.KeyConditions,
    request.QueryFilter,
    request.ScanFilter,
  ];
  for (const map of maps) for (const name of Object.keys(map ?? {})) names.add(name);
  const add = (path: Path) => {
    const name = headOf(path, request);
    if (name !== undefined) names.add(name);
  };
  const { ProjectionExpression, UpdateExpression } = request;
  if (ProjectionExpression) unlessMalformed(() => projectionOf(ProjectionExpression).tree.forEach(add));
  for (const text of [
    request.FilterExpression,
    request.ConditionExpression,
    request.KeyConditionExpression,
  ]) {
    if (text) unlessMalformed(() => walkCondition(conditionOf(text).tree, add));
  }
  if (UpdateExpression) unlessMalformed(() => walkUpdate(updateOf(UpdateExpression).tree, add));
  return [...names];
}

/** The partition that a Query reads, as IAM compares it; undefined when the request doesn't say. */
export function queriedPartition(request: Mentioning, partition: string): string | undefined {
  const legacy = request.KeyConditions?.[partition]?.AttributeValueList?.[0];
  if (legacy) return keyText(legacy);
  let found: string | undefined;
  const { KeyConditionExpression: text } = request;
  const look = (condition: Condition): void => {
    if (condition.kind === 'and') condition.terms.forEach(look);
    if (condition.kind !== 'compare' || condition.comparator !== '=') return;
    for (const [path, value] of [
      [condition.left, condition.right],
      [condition.right, condition.left],
    ] as const) {
      if (path.kind !== 'path' || value.kind !== 'value') continue;
      if (headOf(path, request) === partition) {
        found = keyText(request.ExpressionAttributeValues?.[value.placeholder]);
      }
    }
  };
  if (text) unlessMalformed(() => look(conditionOf(text).tree));
  return found;
}

/** A key's value as IAM compares it. */
export function keyText(value: AttributeValue | undefined): string | undefined {
  return value?.S ?? value?.N ?? (value?.B && base64(value.B));
}

function headOf(path: Path, request: Mentioning): string | undefined {
  const [head] = path.steps;
  if (typeof head === 'number') return undefined;
  return 'name' in head ? head.name : request.ExpressionAttributeNames?.[head.placeholder];
}

/** The operation itself will say what is wrong with an expression. */
function unlessMalformed(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
  }
}

function walkCondition(condition: Condition, add: (path: Path) => void): void {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const term of condition.terms) walkCondition(term, add);
      break;
    case 'not':
      walkCondition(condition.term, add);
      break;
    case 'compare':
      walkOperands([condition.left, condition.right], add);
      break;
    case 'between':
      walkOperands([condition.operand, condition.lower, condition.upper], add);
      break;
    case 'in':
      walkOperands([condition.operand, ...condition.candidates], add);
      break;
    case 'function':
      walkOperands(condition.operands, add);
      break;
  }
}

function walkOperands(operands: readonly (Operand | SetOperand)[], add: (path: Path) => void): void {
  for (const operand of operands) {
    if (operand.kind === 'path') add(operand);
    else if (operand.kind === 'function') walkOperands(operand.operands, add);
    else if (operand.kind !== 'value') walkOperands([operand.left, operand.right], add);
  }
}

function walkUpdate(actions: readonly UpdateAction[], add: (path: Path) => void): void {
  for (const action of actions) {
    add(action.path);
    if (action.kind === 'set') walkOperands([action.value], add);
  }
}
