/** From what a request says to what the engine works with: every check that comes before anything is created. */
import { AwsError } from '../../kernel/index.ts';
import type { AwsCaller, ResourceType } from '../../platform/index.ts';
import { capabilitiesMissing } from './domain/capabilities.ts';
import { hasDynamicReference } from './domain/dynamicReference.ts';
import { Evaluation, type KnownResource } from './domain/evaluation.ts';
import { bindParameters, type GivenParameter, type StackParameter, ssmNameOf } from './domain/parameters.ts';
import { checkAttributes, checkSupport } from './domain/preflight.ts';
import { typedProperties } from './domain/properties.ts';
import { checkRules } from './domain/rules.ts';
import { unknownYet } from './domain/scope.ts';
import type { Template } from './domain/template/model.ts';
import { type ParsedTemplate, parseTemplate } from './domain/template/parse.ts';
import { readTemplate } from './domain/template/read.ts';
import { validateTemplate } from './domain/template/validate.ts';
import { TemplateError } from './domain/templateError.ts';
import { pseudoParameters } from './engine/run.ts';
import {
  asValidationError,
  InsufficientCapabilitiesException,
  readingTemplate,
  ValidationError,
} from './errors.ts';
import { limits } from './limits.ts';
import type { Place, StackInputs, StackRecord, Tag } from './records.ts';
import { hasTransforms, runTransforms, type TransformHost } from './transforms.ts';

export interface TemplateSource {
  TemplateBody?: string | undefined;
  TemplateURL?: string | undefined;
  UsePreviousTemplate?: boolean | undefined;
}

export interface StackRequest extends TemplateSource {
  Parameters?: readonly GivenParameter[] | undefined;
  Tags?: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined;
  Capabilities?: readonly string[] | undefined;
  NotificationARNs?: readonly string[] | undefined;
  ResourceTypes?: readonly string[] | undefined;
}

export interface PrepareContext extends Place {
  readonly aws: AwsCaller;
  resourceType(name: string): Promise<ResourceType | undefined>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Prepared {
  readonly inputs: StackInputs;
  readonly template: Template;
  /** Capabilities that the request didn't acknowledge. */
  readonly missingCapabilities: readonly string[];
}

/**
 * Reads the template and all that comes with it.
 * @param previous what the stack has now, for `UsePreviousTemplate` and `UsePreviousValue`.
 * @throws ValidationError naming the first problem, or every unsupported type and property at once; TransformFailed.
 */
export async function prepare(
  ctx: PrepareContext,
  request: StackRequest,
  stack: Pick<StackRecord, 'stackId' | 'stackName'>,
  previous: StackInputs | undefined,
): Promise<Prepared> {
  const original = await templateText(ctx, request, previous);
  try {
    const parsed = parseTemplate(original);
    const raw = readTemplate(parsed.tree, 'pending');
    const bound = bindParameters(raw, request.Parameters ?? [], previous?.parameters);
    const parameters = await readSsmParameters(ctx, bound);
    const notificationArns = request.NotificationARNs ?? previous?.notificationArns ?? [];
    const pseudo = pseudoParameters(ctx, stack, notificationArns);
    const host: TransformHost = {
      pseudo,
      parameters,
      now: () => ctx.now,
      fetch: (location) => fetchText(ctx, location),
    };
    const hasMacros = hasTransforms(parsed.tree);
    const processed = hasMacros ? await runTransforms(parsed.tree, host) : parsed.tree;
    const template = readTemplate(processed);
    validateTemplate(template);
    const evaluation = new Evaluation({
      template,
      parameters,
      pseudo,
      // Whether an export exists is asked when the stack is made; its value isn't needed before.
      exports: { get: () => unknownYet },
      resource: (logicalId): KnownResource | undefined => (isActive(logicalId) ? unknownYet : undefined),
    });
    const isActive = (logicalId: string) =>
      template.resources.has(logicalId) && evaluation.isActive(logicalId);
    checkRules(evaluation);
    await checkBeforeDeploying(ctx, evaluation, parsed, request.ResourceTypes);
    const capabilities = request.Capabilities ?? [];
    return {
      template,
      inputs: {
        original,
        processed,
        parameters,
        tags: readTags(request.Tags) ?? previous?.tags ?? [],
        capabilities: request.Capabilities ?? previous?.capabilities ?? [],
        notificationArns,
      },
      missingCapabilities: capabilitiesMissing(template, capabilities, hasMacros),
    };
  } catch (cause) {
    throw asValidationError(cause);
  }
}

/** @throws InsufficientCapabilitiesException when capabilities are missing, in CloudFormation's words. */
export function requireCapabilities(missing: readonly string[]): void {
  if (missing.length > 0) {
    throw new InsufficientCapabilitiesException(`Requires capabilities : [${missing.join(', ')}]`);
  }
}

/** The template of a request, as text. @throws ValidationError unless exactly one source is given. */
export async function templateText(
  ctx: PrepareContext,
  { TemplateBody, TemplateURL, UsePreviousTemplate }: TemplateSource,
  previous?: StackInputs,
): Promise<string> {
  const sources = [TemplateBody !== undefined, TemplateURL !== undefined, UsePreviousTemplate === true];
  if (sources.filter(Boolean).length !== 1) {
    const names = previous
      ? 'TemplateBody, TemplateURL or UsePreviousTemplate'
      : 'TemplateBody or TemplateUrl';
    throw new ValidationError(
      sources.some(Boolean)
        ? `Only one of ${names} may be specified.`
        : `Either ${previous ? 'Template URL, Template Body or Use Previous Template' : 'Template URL or Template Body'} must be specified.`,
    );
  }
  if (TemplateBody !== undefined) {
    if (Buffer.byteLength(TemplateBody) > limits.templateBodyBytesMax) {
      throw new ValidationError(
        `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${limits.templateBodyBytesMax}`,
      );
    }
    return TemplateBody;
  }
  if (TemplateURL !== undefined) return fetchText(ctx, TemplateURL);
  if (!previous) throw new ValidationError('UsePreviousTemplate needs a stack that has a template');
  return previous.original;
}

async function checkBeforeDeploying(
  ctx: PrepareContext,
  evaluation: Evaluation,
  parsed: ParsedTemplate,
  allowedTypes: readonly string[] | undefined,
): Promise<void> {
  const resources = [...evaluation.template.resources.values()];
  const names = new Set(resources.map(({ type }) => type));
  const refused = [...names].filter(
    (name) => allowedTypes && !allowedTypes.some((allowed) => isAllowed(name, allowed)),
  );
  if (refused.length > 0) {
    throw new TemplateError(`Resource type(s) not allowed by ResourceTypes: [${refused.join(', ')}]`);
  }
  const types = new Map<string, ResourceType | undefined>();
  for (const name of names) types.set(name, await ctx.resourceType(name));
  checkSupport(evaluation, types, parsed.lines);
  checkAttributes(evaluation, types);
  checkProperties(evaluation, types);
  evaluation.outputs();
}

/** What can be evaluated without resources is, so that a wrong map key or type is told before a stack exists. */
function checkProperties(evaluation: Evaluation, types: ReadonlyMap<string, ResourceType | undefined>): void {
  const problems: string[] = [];
  for (const { logicalId, type: name } of evaluation.template.resources.values()) {
    const type = types.get(name);
    if (!type || !evaluation.isActive(logicalId)) continue;
    const properties = evaluation.properties(logicalId);
    // What a dynamic reference stands for is asked when the resource is made.
    if (hasDynamicReference(properties)) continue;
    try {
      typedProperties(logicalId, properties, type);
    } catch (cause) {
      if (!(cause instanceof TemplateError)) throw cause;
      problems.push(cause.message);
    }
  }
  if (problems.length > 0) throw new TemplateError(problems.join('\n'));
}

/** `AWS::*`, `AWS::Lambda::*`, `Custom::*` or a whole name. */
function isAllowed(name: string, allowed: string): boolean {
  return allowed.endsWith('*') ? name.startsWith(allowed.slice(0, -1)) : name === allowed;
}

function readTags(tags: StackRequest['Tags']): Tag[] | undefined {
  if (!tags) return undefined;
  if (tags.length > limits.tagsMax) {
    throw new ValidationError(
      `1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to ${limits.tagsMax}`,
    );
  }
  const read = tags.map(({ Key = '', Value = '' }) => ({ Key, Value }));
  if (new Set(read.map(({ Key }) => Key)).size < read.length)
    throw new ValidationError('Duplicate tag keys found.');
  if (read.some(({ Key }) => /^aws:/i.test(Key))) {
    throw new ValidationError('Tag keys cannot start with the reserved prefix aws:');
  }
  return read;
}

/** Reads what `AWS::SSM::Parameter::Value<…>` parameters name. */
async function readSsmParameters(
  ctx: PrepareContext,
  parameters: readonly StackParameter[],
): Promise<StackParameter[]> {
  return Promise.all(
    parameters.map(async (parameter) => {
      const name = ssmNameOf(parameter);
      if (name === undefined) return parameter;
      try {
        const output = await ctx.aws.call<{ Parameter?: { Value?: string } }>('ssm', 'GetParameter', {
          Name: name,
        });
        return { ...parameter, resolvedValue: output.Parameter?.Value ?? '' };
      } catch (cause) {
        if (cause instanceof AwsError && cause.code === 'ParameterNotFound') {
          throw new ValidationError(
            `Unable to fetch parameters [${name}] from parameter store for this account.`,
          );
        }
        if (isNotHere(cause) && cdkBootstrapVersionName.test(name)) {
          return { ...parameter, resolvedValue: cdkBootstrapVersion };
        }
        throw cause;
      }
    }),
  );
}

/**
 * Each template of the CDK asks for the version of the account's bootstrap stack, only to refuse one that is too old for
 * it. Where there is no Parameter Store nothing is too old: the answer is the version of a recent CDK.
 * https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
 */
const cdkBootstrapVersionName = /^\/cdk-bootstrap\/[A-Za-z0-9_-]+\/version$/;
const cdkBootstrapVersion = '27';

const isNotHere = (cause: unknown) => cause instanceof AwsError && cause.code === 'NotImplemented';

/** Reads a template or a fragment from an S3 bucket of this cloud. */
async function fetchText(ctx: PrepareContext, url: string): Promise<string> {
  const place = s3Place(url);
  if (!place) throw new ValidationError('TemplateURL must be a supported URL.');
  try {
    const output = await ctx.aws.call<{ Body?: unknown }>('s3', 'GetObject', {
      Bucket: place.bucket,
      Key: place.key,
      ...(place.version === undefined ? {} : { VersionId: place.version }),
    });
    return await bodyText(output.Body);
  } catch (cause) {
    if (cause instanceof AwsError && cause.fault === 'client') {
      throw new ValidationError(`S3 error: ${cause.message}`);
    }
    throw cause;
  }
}

/** Path style, virtual-host style and `s3://`, of AWS's hosts and of this cloud's. */
export function s3Place(url: string): { bucket: string; key: string; version?: string } | undefined {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return undefined;
  }
  const path = decodeURIComponent(parsed.pathname).slice(1);
  const version = parsed.searchParams.get('versionId') ?? undefined;
  const withVersion = version === undefined ? {} : { version };
  if (parsed.protocol === 's3:') return { bucket: parsed.hostname, key: path, ...withVersion };
  const virtual = /^(.+)\.s3[.-]/.exec(parsed.hostname)?.[1];
  if (virtual !== undefined) return { bucket: virtual, key: path, ...withVersion };
  const slash = path.indexOf('/');
  if (slash <= 0) return undefined;
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1), ...withVersion };
}

async function bodyText(body: unknown): Promise<string> {
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return Buffer.from(body).toString('utf8');
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > limits.templateUrlBytesMax) {
      throw new ValidationError(`Template may not exceed ${limits.templateUrlBytesMax} bytes in size.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Parses a template for the operations that only look at it. */
export function look(text: string): { parsed: ParsedTemplate; template: Template } {
  return readingTemplate(() => {
    const parsed = parseTemplate(text);
    return { parsed, template: readTemplate(parsed.tree, 'pending') };
  });
}
