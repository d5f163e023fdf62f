import type { SamContext } from './context.ts';
import { InvalidResource, InvalidTemplate } from './errors.ts';
import { parameterPrefix, policyTemplates } from './policyTemplates.ts';
import {
  type Dict,
  ifBranches,
  isIf,
  isIntrinsic,
  isMap,
  isNoValue,
  isText,
  onlyKey,
  text,
} from './values.ts';

/** An entry of `Policies`: a managed policy's name or ARN, an inline document, or a SAM policy template. */
export type PolicyKind = 'managed' | 'statement' | 'template' | 'unknown';

export interface PolicyEntry {
  readonly kind: PolicyKind;
  readonly value: unknown;
}

/** The entries of a `Policies` property, which may be one value or a list. */
export function policyEntries(policies: unknown, withTemplates: boolean): PolicyEntry[] {
  if (policies === undefined || policies === null || policies === '') return [];
  const list = Array.isArray(policies) ? policies : [policies];
  return list.map((value) => ({ value, kind: kindOf(value, withTemplates) }));
}

function kindOf(policy: unknown, withTemplates: boolean): PolicyKind {
  if (isText(policy)) return 'managed';
  if (isIf(policy)) return kindOfIf(policy, withTemplates);
  if (isIntrinsic(policy)) return 'managed';
  if (isMap(policy) && 'Statement' in policy) return 'statement';
  const name = onlyKey(policy);
  return withTemplates && name !== undefined && Object.hasOwn(policyTemplates, name) ? 'template' : 'unknown';
}

function kindOfIf(policy: unknown, withTemplates: boolean): PolicyKind {
  const branches = ifBranches(policy);
  if (!branches) throw new InvalidTemplate('Fn::If requires 3 arguments');
  const [, whenTrue, otherwise] = branches;
  const kinds = [kindOf(whenTrue, withTemplates), kindOf(otherwise, withTemplates)] as const;
  if (kinds[0] === kinds[1]) return kinds[0];
  if (isNoValue(whenTrue)) return kinds[1];
  if (isNoValue(otherwise)) return kinds[0];
  throw new InvalidTemplate(
    'Different policy types within the same Fn::If statement is unsupported. Separate different policy types into different Fn::If statements',
  );
}

/** Replaces the SAM policy templates among a resource's `Policies` by the statements they stand for. */
export function expandPolicyTemplates(logicalId: string, properties: Dict, context: SamContext): void {
  const entries = policyEntries(properties.Policies, true);
  if (entries.length === 0) return;
  properties.Policies = entries.map(({ kind, value }) => {
    if (kind !== 'template') return value;
    const branches = ifBranches(value);
    if (!branches) return expandTemplate(logicalId, value as Dict, context);
    const expand = (branch: unknown) =>
      isNoValue(branch) ? branch : expandTemplate(logicalId, branch as Dict, context);
    return { 'Fn::If': [branches[0], expand(branches[1]), expand(branches[2])] };
  });
}

function expandTemplate(logicalId: string, use: Dict, _context: SamContext): unknown {
  const name = onlyKey(use) ?? '';
  const template = policyTemplates[name];
  const values = use[name];
  if (!template || !isMap(values)) {
    throw new InvalidResource(logicalId, `Must specify valid parameter values for policy template '${name}'`);
  }
  const missing = template.parameters.filter((parameter) => !(parameter in values));
  if (missing.length > 0) {
    const names = missing.map((parameter) => `'${parameter}'`).join(', ');
    throw new InvalidResource(
      logicalId,
      `Following required parameters of template '${name}' don't have values: [${names}]`,
    );
  }
  return fillIn(template.policy(), values);
}

/** Puts the values in place of the template's own references. */
function fillIn(node: unknown, values: Dict): unknown {
  if (onlyKey(node) === 'Ref') {
    const name = text((node as Dict).Ref);
    if (name.startsWith(parameterPrefix)) return values[name.slice(parameterPrefix.length)];
  }
  if (Array.isArray(node)) return node.map((item) => fillIn(item, values));
  if (!isMap(node)) return node;
  return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, fillIn(item, values)]));
}
