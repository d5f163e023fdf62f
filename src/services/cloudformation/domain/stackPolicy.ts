import type { PlannedChange } from './plan.ts';
import { isRecord } from './template/references.ts';
import { TemplateError } from './templateError.ts';

/**
 * Protects resources from updates. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
 */
export interface StackPolicy {
  readonly statements: readonly Statement[];
}

interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly matchesAction: (action: string) => boolean;
  readonly matchesResource: (logicalId: string) => boolean;
  readonly matchesType: (type: string) => boolean;
}

/** @throws TemplateError when the text isn't a stack policy. */
export function parseStackPolicy(text: string): StackPolicy {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new TemplateError('Error validating stack policy: Invalid stack policy');
  }
  const declared = isRecord(document) ? document.Statement : undefined;
  const list = Array.isArray(declared) ? declared : [declared];
  return { statements: list.map(readStatement) };
}

/**
 * Everything is denied that no statement allows, as soon as there is a policy.
 * @throws TemplateError naming the resources that a change may not touch.
 */
export function checkStackPolicy(policy: StackPolicy, changes: readonly PlannedChange[]): void {
  const denied = changes.flatMap((change) =>
    actionsOf(change)
      .filter((action) => !isAllowed(policy, action, change))
      .map((action) => `${action} for resource LogicalResourceId/${change.logicalId}`),
  );
  if (denied.length > 0) {
    throw new TemplateError(`Action denied by stack policy: ${denied.join('; ')}`);
  }
}

function actionsOf({ action, replacement }: PlannedChange): string[] {
  if (action === 'Remove') return ['Update:Delete'];
  if (action === 'Add') return [];
  return [replacement === 'True' ? 'Update:Replace' : 'Update:Modify'];
}

function isAllowed({ statements }: StackPolicy, action: string, { logicalId, type }: PlannedChange): boolean {
  const matching = statements.filter(
    (statement) =>
      statement.matchesAction(action) && statement.matchesResource(logicalId) && statement.matchesType(type),
  );
  return (
    matching.some(({ effect }) => effect === 'Allow') && !matching.some(({ effect }) => effect === 'Deny')
  );
}

function readStatement(value: unknown): Statement {
  const invalid = (what: string) => new TemplateError(`Error validating stack policy: ${what}`);
  if (!isRecord(value)) throw invalid('Invalid stack policy');
  const { Effect, Condition } = value;
  if (Effect !== 'Allow' && Effect !== 'Deny') throw invalid(`Unknown effect ${JSON.stringify(Effect)}`);
  if (value.Principal === undefined) throw invalid('Statement must have a Principal of *');
  return {
    effect: Effect,
    matchesAction: matcher(value, 'Action', 'NotAction'),
    matchesResource: (logicalId) =>
      matcher(value, 'Resource', 'NotResource')(`LogicalResourceId/${logicalId}`),
    matchesType: typeMatcher(Condition),
  };
}

function matcher(
  statement: Record<string, unknown>,
  name: string,
  negated: string,
): (text: string) => boolean {
  if (statement[name] !== undefined) {
    const patterns = patternsOf(statement[name]);
    return (text) => patterns.some((pattern) => pattern.test(text));
  }
  if (statement[negated] === undefined) {
    throw new TemplateError(`Error validating stack policy: Statement must have ${name} or ${negated}`);
  }
  const patterns = patternsOf(statement[negated]);
  return (text) => !patterns.some((pattern) => pattern.test(text));
}

/** `{ StringEquals: { ResourceType: [...] } }` or `StringLike`. */
function typeMatcher(condition: unknown): (type: string) => boolean {
  if (condition === undefined) return () => true;
  const [operator, operand] = isRecord(condition) ? (Object.entries(condition)[0] ?? []) : [];
  const types = isRecord(operand) ? operand.ResourceType : undefined;
  if ((operator !== 'StringEquals' && operator !== 'StringLike') || types === undefined) {
    throw new TemplateError('Error validating stack policy: Only ResourceType is supported in a Condition');
  }
  const patterns = patternsOf(types);
  return (type) => patterns.some((pattern) => pattern.test(type));
}

function patternsOf(value: unknown): RegExp[] {
  const texts = Array.isArray(value) ? value : [value];
  return texts.map((text) => {
    const escaped = String(text).replace(/[.+^${}()|[\]\\]/g, '\\$&');
    return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
  });
}
