/** Writes a tree back as an expression that parses to the same tree. */
import type { Condition, Operand, Path, SetOperand, UpdateAction } from './ast.ts';

export function printCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'compare':
      return `${printOperand(condition.left)} ${condition.comparator} ${printOperand(condition.right)}`;
    case 'between':
      return `${printOperand(condition.operand)} BETWEEN ${printOperand(condition.lower)} AND ${printOperand(condition.upper)}`;
    case 'in':
      return `${printOperand(condition.operand)} IN (${condition.candidates.map(printOperand).join(', ')})`;
    case 'function':
      return printOperand(condition);
    case 'and':
      return condition.terms
        .map((term) => group(term, term.kind === 'or' || term.kind === 'and'))
        .join(' AND ');
    case 'or':
      return condition.terms.map((term) => group(term, term.kind === 'or')).join(' OR ');
    case 'not':
      return `NOT ${group(condition.term, condition.term.kind === 'and' || condition.term.kind === 'or')}`;
  }
}

function group(term: Condition, parenthesized: boolean): string {
  return parenthesized ? `(${printCondition(term)})` : printCondition(term);
}

export function printOperand(operand: Operand): string {
  switch (operand.kind) {
    case 'path':
      return printPath(operand);
    case 'value':
      return operand.placeholder;
    case 'function':
      return `${operand.name}(${operand.operands.map(printOperand).join(', ')})`;
  }
}

export function printPath(path: Path): string {
  return path.steps
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      return (index === 0 ? '' : '.') + ('name' in step ? step.name : step.placeholder);
    })
    .join('');
}

/** Writes sections in the order of their first action; actions of one kind are gathered. */
export function printUpdate(actions: readonly UpdateAction[]): string {
  const sections = new Map<UpdateAction['kind'], string[]>();
  for (const action of actions) {
    const lines = sections.get(action.kind) ?? [];
    lines.push(printAction(action));
    sections.set(action.kind, lines);
  }
  return [...sections].map(([kind, lines]) => `${kind.toUpperCase()} ${lines.join(', ')}`).join(' ');
}

function printAction(action: UpdateAction): string {
  const path = printPath(action.path);
  switch (action.kind) {
    case 'set':
      return `${path} = ${printSetOperand(action.value)}`;
    case 'remove':
      return path;
    default:
      return `${path} ${action.value.placeholder}`;
  }
}

function printSetOperand(operand: SetOperand): string {
  if (operand.kind === 'plus') return `${printOperand(operand.left)} + ${printOperand(operand.right)}`;
  if (operand.kind === 'minus') return `${printOperand(operand.left)} - ${printOperand(operand.right)}`;
  return printOperand(operand);
}
