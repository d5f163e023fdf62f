/** What is asked before anything is created: does this cloud know every type and property the template uses? */
import type { ResourceType } from '../../../platform/index.ts';
import type { Evaluation } from './evaluation.ts';
import { type Unsupported, unsupportedProperties } from './properties.ts';
import { isRecord, referencesOf } from './template/references.ts';
import type { SourceMap } from './template/sourceMap.ts';
import { TemplateError } from './templateError.ts';

export type TypesByName = ReadonlyMap<string, ResourceType | undefined>;

/**
 * Names everything that isn't supported, one line each, with its place in the template.
 * @throws TemplateError when there is any.
 */
export function checkSupport(evaluation: Evaluation, types: TypesByName, lines: SourceMap): void {
  const found = unsupportedSections(evaluation);
  for (const resource of evaluation.template.resources.values()) {
    const { logicalId, type: typeName, properties } = resource;
    if (!evaluation.isActive(logicalId)) continue;
    const path = ['Resources', logicalId];
    const type = types.get(typeName);
    if (!type) {
      found.push({ path: [...path, 'Type'], problem: `resource type ${typeName} is not supported` });
      continue;
    }
    found.push(...unsupportedProperties(type, properties, [...path, 'Properties']));
    found.push(...unsupportedAttributes(evaluation, logicalId));
  }
  if (found.length === 0) return;
  const shown = found.map(({ path, problem }) => {
    const line = lines.lineOf(path);
    return `${line === undefined ? '' : `line ${line}: `}${path.join('.')}: ${problem}`;
  });
  const count = shown.length === 1 ? '1 part' : `${shown.length} parts`;
  throw new TemplateError(
    `Template error: ${count} of this template cannot be deployed\n${shown.join('\n')}`,
  );
}

/** @throws TemplateError when `Fn::GetAtt` names an attribute that the type of the resource doesn't have. */
export function checkAttributes(evaluation: Evaluation, types: TypesByName): void {
  const { template } = evaluation;
  const active = [...template.resources.values()].filter(({ logicalId }) => evaluation.isActive(logicalId));
  const outputs = [...template.outputs.values()].map(({ value }) => value);
  const { attributes } = referencesOf(...active.map(({ properties }) => properties), ...outputs);
  for (const { resource, attribute } of attributes) {
    const declared = template.resources.get(resource);
    const type = declared && types.get(declared.type);
    if (!type || !attribute || !evaluation.isActive(resource)) continue;
    const known = type.attributes.some(
      (name) =>
        name === attribute ||
        (name.endsWith('.*') && attribute.startsWith(name.slice(0, -1))) ||
        name === '*',
    );
    if (!known) {
      throw new TemplateError(
        `Template error: resource ${resource} does not support attribute type ${attribute} in Fn::GetAtt`,
      );
    }
  }
}

function unsupportedSections({ template }: Evaluation): Unsupported[] {
  return ['Hooks']
    .filter((section) => template.tree[section] !== undefined)
    .map((section) => ({ path: [section], problem: `the section ${section} is not supported` }));
}

function unsupportedAttributes({ template }: Evaluation, logicalId: string): Unsupported[] {
  const resources = template.tree.Resources as Record<string, Record<string, unknown>>;
  return ['CreationPolicy', 'UpdatePolicy']
    .filter((attribute) => resources[logicalId]?.[attribute] !== undefined)
    .filter((attribute) => !isTrafficShift(attribute, resources[logicalId]))
    .map((attribute) => ({
      path: ['Resources', logicalId, attribute],
      problem: `the resource attribute ${attribute} is not supported`,
    }));
}

/** How CodeDeploy shifts the traffic of an alias is recorded: a new version gets all of it at once (`resources/codeDeploy.ts`). */
function isTrafficShift(attribute: string, resource: Record<string, unknown> | undefined): boolean {
  const policy = resource?.[attribute];
  return (
    attribute === 'UpdatePolicy' &&
    resource?.Type === 'AWS::Lambda::Alias' &&
    isRecord(policy) &&
    Object.keys(policy).every((name) => name === 'CodeDeployLambdaAliasUpdate')
  );
}
