import { limits } from '../../limits.ts';
import { TemplateError } from '../templateError.ts';
import type {
  DeletionPolicy,
  OutputDeclaration,
  ParameterDeclaration,
  ResourceDeclaration,
  Template,
  UpdateReplacePolicy,
} from './model.ts';
import type { Tree } from './parse.ts';
import { isRecord } from './references.ts';

const sections = new Set([
  'AWSTemplateFormatVersion',
  'Conditions',
  'Description',
  'Hooks',
  'Mappings',
  'Metadata',
  'Outputs',
  'Parameters',
  'Resources',
  'Rules',
  'Transform',
]);

/**
 * Reads the sections of a template.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
 * @param stage `pending`: its transforms haven't run yet, so what they will replace is passed over.
 * @throws TemplateError at the first member that isn't what its section takes.
 */
export function readTemplate(tree: Tree, stage: 'pending' | 'processed' = 'processed'): Template {
  const isSam = transformsOf(tree).includes('AWS::Serverless-2016-10-31');
  const strangers = Object.keys(tree).filter((name) => !sections.has(name) && !(isSam && name === 'Globals'));
  if (strangers.length > 0) {
    throw new TemplateError(`Invalid template property or properties [${strangers.join(', ')}]`);
  }
  const version = tree.AWSTemplateFormatVersion;
  if (version !== undefined && version !== '2010-09-09') {
    throw new TemplateError(
      `Template format error: Unsupported template format version: ${typeof version === 'string' ? version : JSON.stringify(version)}`,
    );
  }
  const description = tree.Description;
  if (description !== undefined && typeof description !== 'string') {
    throw new TemplateError('Template format error: Description must be a string.');
  }
  if (description !== undefined && Buffer.byteLength(description) > limits.templateDescriptionBytesMax) {
    throw new TemplateError(
      `Template format error: 'Description' length is greater than ${limits.templateDescriptionBytesMax}.`,
    );
  }
  const isPending = stage === 'pending';
  const resources = readSection(
    tree,
    'Resources',
    (id, value) => readResource(id, value, isPending),
    isPending,
  );
  if (resources.size === 0 && !(isPending && isRecord(tree.Resources))) {
    throw new TemplateError('Template format error: At least one Resources member must be defined.');
  }
  return {
    tree,
    ...(description === undefined ? {} : { description }),
    transforms: transformsOf(tree),
    parameters: readSection(tree, 'Parameters', readParameter),
    mappings: readMappings(tree),
    conditions: readSection(tree, 'Conditions', (_name, value) => value, isPending),
    resources,
    outputs: readSection(tree, 'Outputs', readOutput, isPending),
  };
}

/** Names of the transforms a template declares, in order. */
export function transformsOf(tree: Tree): string[] {
  const declared = tree.Transform;
  const list = Array.isArray(declared) ? declared : declared === undefined ? [] : [declared];
  return list.map((item) => {
    const name = isRecord(item) ? item.Name : item;
    if (typeof name !== 'string')
      throw new TemplateError('Template format error: Transform must name a macro.');
    return name;
  });
}

function readSection<T>(
  tree: Tree,
  section: string,
  read: (name: string, value: unknown) => T,
  isPending = false,
): Map<string, T> {
  const members = tree[section] ?? {};
  if (!isRecord(members)) throw new TemplateError(`Template format error: [/${section}] must be an object.`);
  const isMacro = (name: string) => name === 'Fn::Transform' || name.startsWith('Fn::ForEach::');
  const names = Object.keys(members).filter((name) => !(isPending && isMacro(name)));
  const max = limits.sectionMembersMax[section];
  if (max !== undefined && names.length > max) {
    throw new TemplateError(
      `Template format error: Number of ${section.toLowerCase()}, ${names.length}, is greater than maximum allowed, ${max}`,
    );
  }
  const checked = section === 'Resources' || section === 'Outputs' || section === 'Parameters';
  return new Map(
    names.map((name) => {
      if (checked && !/^[A-Za-z0-9]{1,255}$/.test(name)) {
        const kind = section.slice(0, -1);
        throw new TemplateError(`Template format error: ${kind} name ${name} is non alphanumeric.`);
      }
      return [name, read(name, members[name])];
    }),
  );
}

const parameterMembers = new Set([
  'AllowedPattern',
  'AllowedValues',
  'ConstraintDescription',
  'Default',
  'Description',
  'MaxLength',
  'MaxValue',
  'MinLength',
  'MinValue',
  'NoEcho',
  'Type',
]);

function readParameter(name: string, value: unknown): ParameterDeclaration {
  if (!isRecord(value)) {
    throw new TemplateError('Template format error: Any Parameters member must be an object.');
  }
  if (typeof value.Type !== 'string') {
    throw new TemplateError('Template format error: Every Parameters object must contain a Type member.');
  }
  const stranger = Object.keys(value).find((member) => !parameterMembers.has(member));
  if (stranger !== undefined) throw new TemplateError(`Invalid template parameter property '${stranger}'`);
  for (const text of ['AllowedPattern', 'ConstraintDescription', 'Default', 'Description']) {
    const isText = typeof value[text] === 'string' || (text === 'Default' && isScalar(value[text]));
    if (value[text] !== undefined && !isText) {
      throw new TemplateError(`Template format error: Every ${text} member must be a string.`);
    }
  }
  const numbers = ['MinLength', 'MaxLength', 'MinValue', 'MaxValue'] as const;
  const bounds: Record<string, number> = {};
  for (const bound of numbers) {
    if (value[bound] === undefined) continue;
    bounds[bound] = Number(value[bound]);
    if (!Number.isFinite(bounds[bound])) {
      throw new TemplateError(`Template format error: ${bound} of parameter ${name} must be a number.`);
    }
  }
  if (
    value.AllowedValues !== undefined &&
    !(Array.isArray(value.AllowedValues) && value.AllowedValues.every(isScalar))
  ) {
    throw new TemplateError('Template format error: Every AllowedValues member must be a list.');
  }
  const noEcho = value.NoEcho === true || value.NoEcho === 'true';
  return { ...value, ...bounds, NoEcho: noEcho, Type: value.Type } as ParameterDeclaration;
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function readMappings(tree: Tree): Tree {
  for (const [map, keys] of readSection(tree, 'Mappings', (_name, value) => value)) {
    const valid = isRecord(keys) && Object.values(keys).every(isRecord);
    // A whole map may come from a transform that isn't done yet.
    if (!valid && !(isRecord(keys) && 'Fn::Transform' in keys)) {
      throw new TemplateError(`Template format error: Every Mappings attribute must be a map: ${map}`);
    }
  }
  return (tree.Mappings ?? {}) as Tree;
}

const resourceMembers = new Set([
  'Condition',
  'CreationPolicy',
  'DeletionPolicy',
  'DependsOn',
  'Metadata',
  'Properties',
  'Type',
  'UpdatePolicy',
  'UpdateReplacePolicy',
]);
/** SAM's own attributes, gone after its transform. */
const samMembers = new Set(['Connectors', 'IgnoreGlobals']);

function readResource(logicalId: string, value: unknown, isPending: boolean): ResourceDeclaration {
  if (!isRecord(value)) {
    throw new TemplateError(
      `Template format error: [/Resources/${logicalId}] resource definition is malformed`,
    );
  }
  const type = value.Type;
  if (typeof type !== 'string') {
    throw new TemplateError(
      `Template format error: [/Resources/${logicalId}] Every Resources object must contain a Type member.`,
    );
  }
  const isSam = type.startsWith('AWS::Serverless::');
  const stranger = Object.keys(value).find(
    (name) => !resourceMembers.has(name) && !(isSam && samMembers.has(name)) && name !== 'Connectors',
  );
  if (stranger !== undefined) throw new TemplateError(`Invalid template resource property '${stranger}'`);
  const properties = value.Properties ?? {};
  if (!isRecord(properties)) {
    throw new TemplateError(
      `Template format error: [/Resources/${logicalId}/Properties] Properties must be an object.`,
    );
  }
  const condition = value.Condition;
  return {
    logicalId,
    type,
    properties,
    dependsOn: readDependsOn(value.DependsOn),
    ...(typeof condition === 'string' ? { condition } : {}),
    deletionPolicy: readPolicy(logicalId, type, 'DeletionPolicy', value, isPending) as DeletionPolicy,
    updateReplacePolicy: readPolicy(
      logicalId,
      type,
      'UpdateReplacePolicy',
      value,
      isPending,
    ) as UpdateReplacePolicy,
    ...(value.Metadata === undefined ? {} : { metadata: value.Metadata }),
  };
}

function readDependsOn(value: unknown): string[] {
  const list = Array.isArray(value) ? value : value === undefined ? [] : [value];
  if (!list.every((item) => typeof item === 'string')) {
    throw new TemplateError('Template format error: DependsOn must be a string or list of strings.');
  }
  return list;
}

function readPolicy(
  logicalId: string,
  type: string,
  policy: 'DeletionPolicy' | 'UpdateReplacePolicy',
  resource: Tree,
  isPending: boolean,
): string {
  const value = resource[policy] ?? 'Delete';
  if (isPending && isRecord(value)) return 'Delete';
  const allowed =
    policy === 'DeletionPolicy'
      ? ['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot']
      : ['Delete', 'Retain', 'Snapshot'];
  if (typeof value !== 'string' || !allowed.includes(value)) {
    throw new TemplateError(
      `Template format error: Unrecognized ${policy} ${typeof value === 'string' ? value : JSON.stringify(value)} for resource ${logicalId}`,
    );
  }
  // None of the types that keep snapshots (databases, volumes, caches) belongs to a serverless stack.
  if (value === 'Snapshot') {
    throw new TemplateError(
      `Template error: resource type ${type} does not support deletion policy Snapshot`,
    );
  }
  return value;
}

function readOutput(name: string, value: unknown): OutputDeclaration {
  if (!isRecord(value)) {
    throw new TemplateError('Template format error: Any Outputs member must be an object.');
  }
  if (value.Value === undefined) {
    throw new TemplateError('Template format error: Every Outputs member must contain a Value object');
  }
  const stranger = Object.keys(value).find(
    (member) => !['Condition', 'Description', 'Export', 'Value'].includes(member),
  );
  if (stranger !== undefined) throw new TemplateError(`Invalid template output property '${stranger}'`);
  const exported = value.Export;
  if (exported !== undefined && !(isRecord(exported) && exported.Name !== undefined)) {
    throw new TemplateError(
      `Template format error: Output ${name} is malformed. Export must contain a Name.`,
    );
  }
  const condition = value.Condition;
  return {
    name,
    value: value.Value,
    ...(value.Description === undefined ? {} : { description: value.Description }),
    ...(isRecord(exported) ? { exportName: exported.Name } : {}),
    ...(typeof condition === 'string' ? { condition } : {}),
  };
}
