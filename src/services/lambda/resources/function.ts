import type { Properties, ResourceContext, ResourceType } from '../../../platform/index.ts';
import { zipped } from '../code/zipped.ts';
import { functionProperties, settingDefaults, settingNames } from './functionProperties.ts';
import { responseModule } from './responseModule.ts';
import { call, pick, setTags, tagsOf, unlessMissing } from './steps.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html */
export const lambdaFunction: ResourceType = {
  name: 'AWS::Lambda::Function',
  properties: functionProperties,
  attributes: [
    'Arn',
    'SnapStartResponse',
    'SnapStartResponse.ApplyOn',
    'SnapStartResponse.OptimizationStatus',
  ],
  async create(ctx, properties) {
    const name = (properties.FunctionName as string | undefined) ?? ctx.generateName(64);
    await call(ctx, 'CreateFunction', {
      FunctionName: name,
      Code: await codeOf(properties),
      ...settingsOf(properties),
      ...pick(properties, ['PackageType', 'Architectures', 'CodeSigningConfigArn', 'TenancyConfig']),
      Tags: tagsOf(ctx, properties),
    });
    try {
      await settled(ctx, name);
      if (properties.ReservedConcurrentExecutions !== undefined) await setConcurrency(ctx, name, properties);
      if (properties.RecursiveLoop !== undefined) await setRecursion(ctx, name, properties);
      if (properties.RuntimeManagementConfig !== undefined) await setRuntime(ctx, name, properties);
    } catch (error) {
      // What failed to be made whole isn't known to the stack.
      await unlessMissing(call(ctx, 'DeleteFunction', { FunctionName: name }));
      throw error;
    }
    return functionState(ctx, name, properties);
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
      const settings = settingsOf({ ...removed, ...properties });
      await call(ctx, 'UpdateFunctionConfiguration', { FunctionName, ...settings });
      await settled(ctx, FunctionName);
    }
    if (changed('Code') || changed('Architectures')) {
      const code = await codeOf(properties);
      await call(ctx, 'UpdateFunctionCode', {
        FunctionName,
        ...code,
        ...pick(properties, ['Architectures']),
      });
      await settled(ctx, FunctionName);
    }
    if (changed('CodeSigningConfigArn')) await setCodeSigning(ctx, FunctionName, properties);
    if (changed('RecursiveLoop')) await setRecursion(ctx, FunctionName, properties);
    if (changed('RuntimeManagementConfig')) await setRuntime(ctx, FunctionName, properties);
    if (changed('ReservedConcurrentExecutions')) await setConcurrency(ctx, FunctionName, properties);
    const state = functionState(ctx, FunctionName, properties);
    await setTags(ctx, state.attributes.Arn, properties, previous);
    return state;
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
  const files = { [`index.${extension}`]: ZipFile, ...responseModule(extension, ZipFile) };
  return { ...code, ZipFile: await zipped(files) };
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

async function setRecursion(ctx: ResourceContext, FunctionName: string, properties: Properties) {
  const { RecursiveLoop = 'Terminate' } = properties;
  await call(ctx, 'PutFunctionRecursionConfig', { FunctionName, RecursiveLoop });
}

async function setRuntime(ctx: ResourceContext, FunctionName: string, properties: Properties) {
  const { RuntimeManagementConfig = { UpdateRuntimeOn: 'Auto' } } = properties;
  const config = RuntimeManagementConfig as Properties;
  await call(ctx, 'PutRuntimeManagementConfig', { FunctionName, ...config });
}

async function setCodeSigning(ctx: ResourceContext, FunctionName: string, properties: Properties) {
  const { CodeSigningConfigArn } = properties;
  if (CodeSigningConfigArn === undefined)
    await call(ctx, 'DeleteFunctionCodeSigningConfig', { FunctionName });
  else await call(ctx, 'PutFunctionCodeSigningConfig', { FunctionName, CodeSigningConfigArn });
}

/** Ours: between two looks at a function that is on its way. Milliseconds. */
const pollMs = 100;

/** Waits until the function is Active and its last update Successful. */
async function settled(ctx: ResourceContext, FunctionName: string): Promise<void> {
  for (;;) {
    const { State, LastUpdateStatus } = await call(ctx, 'GetFunctionConfiguration', { FunctionName });
    if (State !== 'Pending' && LastUpdateStatus !== 'InProgress') return;
    await ctx.clock.sleep(pollMs, ctx.signal);
  }
}

function functionState(ctx: ResourceContext, name: string, properties: Properties) {
  const Arn = `arn:aws:lambda:${ctx.region}:${ctx.account}:function:${name}`;
  const { ApplyOn = 'None' } = (properties.SnapStart ?? {}) as { ApplyOn?: string };
  // $LATEST is never optimized; its versions are.
  const SnapStartResponse = { ApplyOn, OptimizationStatus: 'Off' };
  return {
    physicalId: name,
    attributes: {
      Arn,
      SnapStartResponse,
      'SnapStartResponse.ApplyOn': ApplyOn,
      'SnapStartResponse.OptimizationStatus': 'Off',
    },
  };
}
