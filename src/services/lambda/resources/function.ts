import type { Properties, ResourceContext, ResourceType } from '../../../platform/index.ts';
import { zipped } from '../code/zipped.ts';
import { functionProperties, settingDefaults, settingNames } from './functionProperties.ts';
import { call, pick, unlessMissing } from './steps.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html */
export const lambdaFunction: ResourceType = {
  name: 'AWS::Lambda::Function',
  properties: functionProperties,
  attributes: ['Arn'],
  async create(ctx, properties) {
    const name = (properties.FunctionName as string | undefined) ?? ctx.generateName(64);
    await call(ctx, 'CreateFunction', {
      FunctionName: name,
      Code: await codeOf(properties),
      ...settingsOf(properties),
      ...pick(properties, ['PackageType', 'Architectures']),
      Tags: tagsOf(ctx, properties),
    });
    await setConcurrency(ctx, name, properties);
    return functionState(ctx, name);
  },
  async update(ctx, current, properties, previous) {
    const FunctionName = current.physicalId;
    const changed = (name: string) => JSON.stringify(properties[name]) !== JSON.stringify(previous[name]);
    if (settingNames.some(changed)) {
      // What the template no longer says goes back to its default.
      const removed = Object.fromEntries(
        settingNames
          .filter((name) => properties[name] === undefined && name in settingDefaults && changed(name))
          .map((name) => [name, settingDefaults[name]]),
      );
      await call(ctx, 'UpdateFunctionConfiguration', { FunctionName, ...removed, ...settingsOf(properties) });
    }
    if (changed('Code') || changed('Architectures')) {
      const code = await codeOf(properties);
      await call(ctx, 'UpdateFunctionCode', {
        FunctionName,
        ...code,
        ...pick(properties, ['Architectures']),
      });
    }
    if (changed('ReservedConcurrentExecutions')) await setConcurrency(ctx, FunctionName, properties);
    await setTags(ctx, functionState(ctx, FunctionName).attributes.Arn as string, properties, previous);
    return functionState(ctx, FunctionName);
  },
  async delete(ctx, current) {
    await unlessMissing(call(ctx, 'DeleteFunction', { FunctionName: current.physicalId }));
  },
};

function settingsOf(properties: Properties): Record<string, unknown> {
  const { KmsKeyArn, ...settings } = pick(properties, settingNames);
  const environment = settings.Environment as { Variables?: Record<string, unknown> } | undefined;
  if (environment?.Variables) {
    // Templates hold numbers and booleans where the API takes strings.
    const entries = Object.entries(environment.Variables).map(([name, value]) => [name, String(value)]);
    settings.Environment = { Variables: Object.fromEntries(entries) };
  }
  return KmsKeyArn === undefined ? settings : { ...settings, KMSKeyArn: KmsKeyArn };
}

/** “If you include your function source inline with this parameter, CloudFormation places it in a file named index.” */
async function codeOf(properties: Properties): Promise<Record<string, unknown>> {
  const { ZipFile, ...code } = (properties.Code ?? {}) as Record<string, unknown>;
  if (typeof ZipFile !== 'string') return code;
  const extension = String(properties.Runtime ?? '').startsWith('python') ? 'py' : 'js';
  return { ...code, ZipFile: await zipped({ [`index.${extension}`]: ZipFile }) };
}

async function setConcurrency(
  ctx: ResourceContext,
  FunctionName: string,
  properties: Properties,
): Promise<void> {
  const ReservedConcurrentExecutions = properties.ReservedConcurrentExecutions;
  if (ReservedConcurrentExecutions === undefined) {
    await call(ctx, 'DeleteFunctionConcurrency', { FunctionName });
  } else await call(ctx, 'PutFunctionConcurrency', { FunctionName, ReservedConcurrentExecutions });
}

async function setTags(ctx: ResourceContext, Resource: string, properties: Properties, previous: Properties) {
  const [before, after] = [tagsOf(ctx, previous), tagsOf(ctx, properties)];
  const TagKeys = Object.keys(before).filter((key) => !(key in after));
  if (TagKeys.length > 0) await call(ctx, 'UntagResource', { Resource, TagKeys });
  if (Object.keys(after).length > 0) await call(ctx, 'TagResource', { Resource, Tags: after });
}

interface Tag {
  Key: string;
  Value: string;
}

function tagsOf(ctx: ResourceContext, properties: Properties): Record<string, string> {
  const own = (properties.Tags as Tag[] | undefined) ?? [];
  return { ...ctx.stackTags, ...Object.fromEntries(own.map(({ Key, Value }) => [Key, String(Value)])) };
}

function functionState(ctx: ResourceContext, name: string) {
  const Arn = `arn:aws:lambda:${ctx.region}:${ctx.account}:function:${name}`;
  return { physicalId: name, attributes: { Arn } };
}
