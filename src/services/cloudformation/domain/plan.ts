/** What an update would do, worked out without doing it: for change sets, and to know that there is nothing to do. */
import type { ResourceType } from '../../../platform/index.ts';
import type { ResourceRecord, Tag } from '../records.ts';
import { diffProperties, isSame, type PropertyChange } from './diff.ts';
import { hasDynamicReference } from './dynamicReference.ts';
import type { Evaluation, KnownResource } from './evaluation.ts';
import type { Graph } from './graph.ts';
import { typedProperties } from './properties.ts';
import { unknownYet } from './scope.ts';
import { dependencyGraph } from './template/validate.ts';

export interface PlannedChange {
  readonly action: 'Add' | 'Modify' | 'Remove';
  readonly logicalId: string;
  readonly physicalId?: string | undefined;
  readonly type: string;
  /** Of a Modify. */
  readonly replacement?: 'True' | 'False' | 'Conditional';
  readonly properties: readonly PropertyChange[];
  readonly tagsChanged: boolean;
  readonly metadataChanged: boolean;
  /** What becomes of the physical resource that goes: the policy for deletion or for replacement. */
  readonly policyAction?: 'Delete' | 'Retain' | 'ReplaceAndDelete' | 'ReplaceAndRetain';
  readonly before?: Readonly<Record<string, unknown>> | undefined;
  readonly after?: Readonly<Record<string, unknown>> | undefined;
}

export interface PlanInput {
  /** Builds the evaluation of the new template over what the plan knows of each resource. */
  evaluation(resource: (logicalId: string) => KnownResource | undefined): Evaluation;
  readonly resources: readonly ResourceRecord[];
  readonly types: ReadonlyMap<string, ResourceType | undefined>;
  readonly tags: readonly Tag[];
}

export interface Plan {
  readonly changes: readonly PlannedChange[];
  readonly evaluation: Evaluation;
}

/**
 * Compares the resources there are with those a template asks for, in the order of dependencies: what a resource to
 * be made or replaced will answer is unknown to those that refer to it.
 */
export function planChanges(input: PlanInput): Plan {
  const existing = new Map(input.resources.filter(exists).map((resource) => [resource.logicalId, resource]));
  const known = new Map<string, KnownResource>();
  const evaluation = input.evaluation((id) => known.get(id));
  const graph = dependencyGraph(evaluation.template, (id) => evaluation.isActive(id));
  const changes: PlannedChange[] = [];
  for (const id of inOrder(graph)) {
    const resource = existing.get(id);
    if (!resource) {
      known.set(id, unknownYet);
      changes.push(addition(evaluation, id));
      continue;
    }
    const change = modification(evaluation, resource, input);
    if (change) changes.push(change);
    known.set(id, change && change.replacement !== 'False' ? unknownYet : (resource.current ?? unknownYet));
  }
  for (const resource of existing.values()) {
    if (!graph.has(resource.logicalId)) changes.push(removal(resource));
  }
  return { changes, evaluation };
}

/** Ids of resources whose type the new template changes, which CloudFormation refuses. */
export function changedTypes(evaluation: Evaluation, resources: readonly ResourceRecord[]): string[] {
  return resources
    .filter(exists)
    .filter(({ logicalId, type }) => {
      const declared = evaluation.template.resources.get(logicalId);
      return declared !== undefined && declared.type !== type;
    })
    .map(({ logicalId }) => logicalId);
}

function exists({ current, status }: ResourceRecord): boolean {
  return current !== undefined && status !== 'DELETE_COMPLETE' && status !== 'DELETE_SKIPPED';
}

function addition(evaluation: Evaluation, logicalId: string): PlannedChange {
  return {
    action: 'Add',
    logicalId,
    type: evaluation.template.resources.get(logicalId)?.type ?? '',
    properties: [],
    tagsChanged: false,
    metadataChanged: false,
    after: evaluation.properties(logicalId),
  };
}

function modification(
  evaluation: Evaluation,
  resource: ResourceRecord,
  { types, tags }: PlanInput,
): PlannedChange | undefined {
  const { logicalId, type: typeName, current } = resource;
  const type = types.get(typeName) ?? { properties: {}, additionalProperties: true };
  const rules = type.properties;
  const evaluated = evaluation.properties(logicalId);
  const after = hasDynamicReference(evaluated) ? evaluated : typedProperties(logicalId, evaluated, type);
  const properties = diffProperties(current?.properties ?? {}, after, rules);
  const takesTags = Object.values(rules).some((rule) => rule.type === 'tags');
  const tagsChanged = takesTags && !isSame(current?.stackTags ?? [], tags);
  const declaration = evaluation.template.resources.get(logicalId);
  const metadataChanged = !isSame(resource.metadata, declaration?.metadata);
  if (properties.length === 0 && !tagsChanged && !metadataChanged) return undefined;
  const replacement = properties.some(({ requiresRecreation }) => requiresRecreation === 'Always')
    ? 'True'
    : properties.some(({ requiresRecreation }) => requiresRecreation === 'Conditionally')
      ? 'Conditional'
      : 'False';
  const retains = declaration?.updateReplacePolicy === 'Retain';
  return {
    action: 'Modify',
    logicalId,
    physicalId: current?.physicalId,
    type: typeName,
    replacement,
    properties,
    tagsChanged,
    metadataChanged,
    ...(replacement === 'False' ? {} : { policyAction: retains ? 'ReplaceAndRetain' : 'ReplaceAndDelete' }),
    before: current?.properties,
    after,
  };
}

function removal({ logicalId, type, current, deletionPolicy }: ResourceRecord): PlannedChange {
  return {
    action: 'Remove',
    logicalId,
    physicalId: current?.physicalId,
    type,
    properties: [],
    tagsChanged: false,
    metadataChanged: false,
    policyAction: deletionPolicy === 'Delete' ? 'Delete' : 'Retain',
    before: current?.properties,
  };
}

/** Dependencies first. The graph has no circles: templates are checked before. */
function inOrder(graph: Graph): string[] {
  const ordered = new Set<string>();
  const visit = (id: string) => {
    if (ordered.has(id)) return;
    for (const need of graph.get(id) ?? []) visit(need);
    ordered.add(id);
  };
  for (const id of graph.keys()) visit(id);
  return [...ordered];
}
