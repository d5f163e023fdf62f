import { circularIds, type Graph } from '../graph.ts';
import { pseudoParameterNames } from '../scope.ts';
import { TemplateError } from '../templateError.ts';
import type { Template } from './model.ts';
import { dependenciesIn, referencesOf } from './references.ts';

/**
 * Checks that every name a template uses exists, without values: what ValidateTemplate and every operation with
 * a template ask first.
 * @throws TemplateError in CloudFormation's words.
 */
export function validateTemplate(template: Template): void {
  checkConditions(template);
  checkResources(template);
  checkOutputs(template);
  const circle = circularIds(dependencyGraph(template));
  if (circle.length > 0) {
    throw new TemplateError(`Circular dependency between resources: [${circle.join(', ')}]`);
  }
}

/**
 * The resources a template makes and what each waits for.
 * @param isActive leaves out resources whose condition is false; all by default.
 */
export function dependencyGraph(
  template: Template,
  isActive: (logicalId: string) => boolean = () => true,
): Graph {
  const isResource = (name: string) => template.resources.has(name) && isActive(name);
  const graph = new Map<string, Set<string>>();
  for (const resource of template.resources.values()) {
    if (!isActive(resource.logicalId)) continue;
    const needs = dependenciesIn(resource.properties, isResource);
    for (const id of resource.dependsOn) if (isResource(id)) needs.add(id);
    graph.set(resource.logicalId, needs);
  }
  return graph;
}

function checkConditions(template: Template): void {
  const nodes = [...template.conditions.values()];
  const { refs, attributes, conditions } = referencesOf(...nodes);
  const strangers = [...refs].filter((name) => !isParameter(template, name));
  strangers.push(...attributes.map(({ resource }) => resource));
  if (strangers.length > 0) {
    throw new TemplateError(
      `Template format error: Unresolved dependencies [${strangers.join(', ')}]. Cannot reference resources in the Conditions block of the template`,
    );
  }
  for (const name of conditions) checkCondition(template, name, 'Conditions');
  const graph = new Map(
    [...template.conditions].map(([name, node]) => [name, referencesOf(node).conditions] as const),
  );
  const circle = circularIds(graph);
  if (circle.length > 0) {
    throw new TemplateError(
      `Template format error: Circular dependency between conditions: [${circle.join(', ')}]`,
    );
  }
}

function checkResources(template: Template): void {
  const unresolved = new Set<string>();
  for (const { logicalId, properties, dependsOn, condition } of template.resources.values()) {
    const { refs, attributes, conditions } = referencesOf(properties);
    for (const name of refs) if (!isName(template, name)) unresolved.add(name);
    for (const { resource } of attributes) {
      if (!template.resources.has(resource)) {
        throw new TemplateError(
          `Template error: instance of Fn::GetAtt references undefined resource ${resource}`,
        );
      }
    }
    for (const name of dependsOn) if (!template.resources.has(name)) unresolved.add(name);
    if (dependsOn.includes(logicalId)) {
      throw new TemplateError(`Circular dependency between resources: [${logicalId}]`);
    }
    if (condition !== undefined) checkCondition(template, condition, 'Resources');
    for (const name of ifConditions(properties, conditions)) checkCondition(template, name, 'Resources');
  }
  throwUnresolved(unresolved, 'Resources');
}

function checkOutputs(template: Template): void {
  const unresolved = new Set<string>();
  for (const { value, exportName, condition } of template.outputs.values()) {
    const { refs, attributes, conditions } = referencesOf(value, exportName);
    for (const name of refs) if (!isName(template, name)) unresolved.add(name);
    for (const { resource } of attributes) if (!template.resources.has(resource)) unresolved.add(resource);
    if (condition !== undefined) checkCondition(template, condition, 'Outputs');
    for (const name of ifConditions(value, conditions)) checkCondition(template, name, 'Outputs');
  }
  throwUnresolved(unresolved, 'Outputs');
}

/** In properties `{ Condition: "text" }` may be data of the resource; only `Fn::If` certainly names a condition. */
function ifConditions(node: unknown, found: ReadonlySet<string>): string[] {
  const text = JSON.stringify(node);
  return [...found].filter((name) => text.includes(`"Fn::If":[${JSON.stringify(name)}`));
}

function throwUnresolved(names: ReadonlySet<string>, section: string): void {
  if (names.size === 0) return;
  throw new TemplateError(
    `Template format error: Unresolved resource dependencies [${[...names].join(', ')}] in the ${section} block of the template`,
  );
}

function checkCondition(template: Template, name: string, section: string): void {
  if (template.conditions.has(name)) return;
  throw new TemplateError(
    `Template format error: Unresolved condition dependency ${name} in the ${section} block of the template`,
  );
}

function isParameter(template: Template, name: string): boolean {
  return template.parameters.has(name) || pseudoParameterNames.has(name);
}

function isName(template: Template, name: string): boolean {
  return isParameter(template, name) || template.resources.has(name);
}
