/** Macros that CloudFormation itself hosts. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-reference.html */
import { AwsError, partitionOf } from '../../kernel/index.ts';
import { Evaluation } from './domain/evaluation.ts';
import { textOf } from './domain/intrinsics.ts';
import { extendLanguage } from './domain/languageExtensions.ts';
import { parameterValue, type StackParameter } from './domain/parameters.ts';
import { type PseudoParameters, unknownYet } from './domain/scope.ts';
import { parseTemplate, type Tree } from './domain/template/parse.ts';
import { readTemplate, transformsOf } from './domain/template/read.ts';
import { isRecord } from './domain/template/references.ts';
import { TemplateError } from './domain/templateError.ts';

const samTransform = 'AWS::Serverless-2016-10-31';
const languageExtensions = 'AWS::LanguageExtensions';
const include = 'AWS::Include';

export interface TransformHost {
  readonly pseudo: PseudoParameters;
  readonly parameters: readonly StackParameter[];
  /** Milliseconds since 1970: what `AlwaysDeploy` of SAM makes a new deployment of. */
  now(): number;
  /** Text of an object: `s3://bucket/key`. */
  fetch(location: string): Promise<string>;
}

/** A transform refused the template; a change set reports it as its reason. */
export class TransformFailed extends AwsError {
  constructor(transform: string, reason: string) {
    super('ValidationError', `Transform ${transform} failed with: ${reason}`);
  }
}

/** True when the template, or a part of it, asks for a macro. */
export function hasTransforms(tree: Tree): boolean {
  return transformsOf(tree).length > 0 || JSON.stringify(tree).includes('"Fn::Transform"');
}

/**
 * Runs the macros of a template: `AWS::Include` wherever it stands, then those the template names, in order.
 * @throws TransformFailed what a macro says; TemplateError for macros that don't exist here.
 */
export async function runTransforms(tree: Tree, host: TransformHost): Promise<Tree> {
  const names = transformsOf(tree);
  const unknown = names.find((name) => ![samTransform, languageExtensions, include].includes(name));
  if (unknown !== undefined) throw noMacro(unknown);
  let result = (await expandIncludes(tree, host)) as Tree;
  for (const [index, name] of names.entries()) {
    if (name === include) result = await includeAtTop(result, index, host);
    if (name === languageExtensions) result = extendLanguage(result, (node) => evaluated(node, result, host));
    if (name === samTransform) result = await runSam(result, host);
  }
  return result;
}

function noMacro(name: string): TemplateError {
  return new TemplateError(`No transform named ${name} found.`);
}

async function runSam(tree: Tree, { pseudo, parameters, now }: TransformHost): Promise<Tree> {
  const { SamTransformError, transformSam } = await import('./domain/sam/index.ts');
  const values = Object.fromEntries(
    parameters.map((parameter) => [parameter.key, parameterValue(parameter)]),
  );
  try {
    const { template } = transformSam(tree, {
      region: pseudo.region,
      partition: partitionOf(pseudo.region),
      parameters: values,
      now,
    });
    const { Globals: _globals, Transform, ...rest } = template as Record<string, unknown>;
    // What other macros still apply (language extensions) stays declared.
    const others = (Array.isArray(Transform) ? Transform : []).filter((name) => name !== samTransform);
    return others.length > 0 ? { ...rest, Transform: others } : rest;
  } catch (cause) {
    if (cause instanceof SamTransformError) {
      throw new TransformFailed(samTransform, cause.message);
    }
    throw cause;
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html */
async function expandIncludes(node: unknown, host: TransformHost): Promise<unknown> {
  if (Array.isArray(node)) return Promise.all(node.map((item) => expandIncludes(item, host)));
  if (!isRecord(node)) return node;
  const { 'Fn::Transform': call, ...siblings } = node;
  const entries = Object.entries(siblings).map(
    async ([name, value]) => [name, await expandIncludes(value, host)] as const,
  );
  const expanded = Object.fromEntries(await Promise.all(entries));
  if (call === undefined) return expanded;
  if (!isRecord(call) || typeof call.Name !== 'string') {
    throw new TemplateError('Template format error: Fn::Transform must name a macro.');
  }
  if (call.Name !== include) throw noMacro(call.Name);
  return { ...(await fragment(call.Parameters, host)), ...expanded };
}

async function includeAtTop(tree: Tree, index: number, host: TransformHost): Promise<Tree> {
  const declared = tree.Transform;
  const call = Array.isArray(declared) ? declared[index] : declared;
  const part = await fragment(isRecord(call) ? call.Parameters : undefined, host);
  const merged: Record<string, unknown> = { ...tree };
  for (const [section, members] of Object.entries(part)) {
    const own = merged[section];
    merged[section] = isRecord(own) && isRecord(members) ? { ...members, ...own } : (own ?? members);
  }
  return merged;
}

async function fragment(parameters: unknown, host: TransformHost): Promise<Tree> {
  const location = textOf(evaluated(isRecord(parameters) ? parameters.Location : undefined, {}, host));
  if (!location?.startsWith('s3://')) {
    throw new TransformFailed(include, 'The location parameter is not a valid S3 uri.');
  }
  return (await expandIncludes(parseTemplate(await host.fetch(location)).tree, host)) as Tree;
}

/** What can be computed before the template is whole: from parameters, pseudo-parameters and mappings. */
function evaluated(node: unknown, tree: Tree, host: TransformHost): unknown {
  const { Mappings, Conditions } = tree;
  const placeholder = { Resources: { None: { Type: 'None' } } };
  const template = readTemplate({
    ...placeholder,
    Transform: languageExtensions,
    ...(Mappings === undefined ? {} : { Mappings }),
    ...(Conditions === undefined ? {} : { Conditions }),
  });
  const evaluation = new Evaluation({
    template,
    parameters: host.parameters,
    pseudo: host.pseudo,
    exports: new Map(),
    resource: () => unknownYet,
  });
  return evaluation.value(node);
}
