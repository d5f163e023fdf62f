/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html */
import type { AuthorizationRequest, AuthorizationRule } from '../../platform/index.ts';
import { parseCodeSigningArn } from './domain/codeSigning.ts';
import { functionArn, layerArn, parseLayerName } from './domain/names.ts';
import { policyText } from './domain/policy.ts';
import { executionArn, parseCallbackId } from './durable/names.ts';
import { mappingArn, parseMappingArn } from './eventSources/settings.ts';
import { type Context, named } from './operations/context.ts';
import type { LambdaRoom } from './room.ts';

interface NamesFunction {
  FunctionName?: string;
  Qualifier?: string;
  Resource?: string;
}

/** The function itself, whatever version or alias is meant. */
const onFunction = (ctx: Context, input: NamesFunction): AuthorizationRequest => ({
  resources: [functionArn(named(ctx, input.FunctionName ?? input.Resource, input.Qualifier))],
});

/** The function as the caller named it, and what its own policy says for that name. */
const onQualified =
  (action: string) =>
  async (ctx: Context, input: NamesFunction): Promise<AuthorizationRequest> => {
    const name = named(ctx, input.FunctionName, input.Qualifier);
    const policy = await ctx.room.store.policies.get(name, name.qualifier ?? '');
    return {
      action,
      resources: [functionArn(name, name.qualifier)],
      ...(policy ? { resourcePolicy: policyText(policy) } : {}),
    };
  };

/** The version or alias as the caller named it. */
const onVersion = (ctx: Context, input: NamesFunction): AuthorizationRequest => {
  const name = named(ctx, input.FunctionName, input.Qualifier);
  return { resources: [functionArn(name, name.qualifier)] };
};

interface Configures extends NamesFunction {
  Role?: string;
  Layers?: readonly string[];
  VpcConfig?: { SubnetIds?: readonly string[]; SecurityGroupIds?: readonly string[] };
  CodeSigningConfigArn?: string;
}

/** Passing an execution role to Lambda is asked too, and the use of each layer. */
const withRole = async (ctx: Context, input: Configures): Promise<AuthorizationRequest[]> => {
  const { Layers, VpcConfig, CodeSigningConfigArn } = input;
  const wanted = {
    'lambda:Layer': Layers,
    'lambda:SubnetIds': VpcConfig?.SubnetIds,
    'lambda:SecurityGroupIds': VpcConfig?.SecurityGroupIds,
    'lambda:CodeSigningConfigArn': CodeSigningConfigArn,
  };
  const requests = [withKeys(onFunction(ctx, input), wanted)];
  if (input.Role !== undefined) {
    const context = { 'iam:PassedToService': 'lambda.amazonaws.com' };
    requests.push({ action: 'iam:PassRole', resources: [input.Role], context });
  }
  for (const Arn of input.Layers ?? [])
    requests.push({ action: 'lambda:GetLayerVersion', ...(await onLayerVersion(ctx, { Arn })) });
  return requests;
};

/** Condition keys for what the caller names; what it doesn't name has none. */
function withKeys(
  request: AuthorizationRequest,
  keys: Readonly<Record<string, string | readonly string[] | undefined>>,
): AuthorizationRequest {
  const context: Record<string, string | readonly string[]> = {};
  for (const [key, value] of Object.entries(keys)) if (value !== undefined) context[key] = value;
  return Object.keys(context).length === 0 ? request : { ...request, context };
}

/** To whom a function is opened. */
const onPermission = (
  ctx: Context,
  input: NamesFunction & { Principal?: string; FunctionUrlAuthType?: string },
): AuthorizationRequest =>
  withKeys(onFunction(ctx, input), {
    'lambda:Principal': input.Principal,
    'lambda:FunctionUrlAuthType': input.FunctionUrlAuthType,
  });

const onUrl = (ctx: Context, input: NamesFunction & { AuthType?: string }): AuthorizationRequest => {
  const request = onFunction(ctx, input);
  const keys = { 'lambda:FunctionUrlAuthType': input.AuthType, 'lambda:FunctionArn': request.resources };
  return withKeys(request, keys);
};

const onSigned = (
  ctx: Context,
  input: NamesFunction & { CodeSigningConfigArn?: string },
): AuthorizationRequest =>
  withKeys(onFunction(ctx, input), { 'lambda:CodeSigningConfigArn': input.CodeSigningConfigArn });

const onLayer = (ctx: Context, input: { LayerName?: string }): AuthorizationRequest => ({
  resources: [layerArn(parseLayerName(input.LayerName ?? '', ctx))],
});

/** A layer version, and what its own policy says. */
const onLayerVersion = async (
  ctx: Context,
  input: { LayerName?: string; VersionNumber?: number; Arn?: string },
): Promise<AuthorizationRequest> => {
  const place = parseLayerName(input.LayerName ?? input.Arn ?? '', ctx);
  const version = input.VersionNumber ?? place.version;
  const policy = version === undefined ? undefined : await ctx.room.store.layerPolicy(place, version);
  return {
    resources: [layerArn(place, version)],
    ...(policy ? { resourcePolicy: policyText(policy) } : {}),
  };
};

/** Mappings are told apart by their functions, `lambda:FunctionArn`: what is mapped, and what is to be. */
const onMapping = async (
  ctx: Context,
  input: { UUID?: string; FunctionName?: string },
): Promise<AuthorizationRequest[]> => {
  const uuid = input.UUID ?? '';
  const { account, region } = ctx;
  const found = uuid === '' ? undefined : await ctx.room.mappings.get({ account, region, uuid });
  const wanted = input.FunctionName === undefined ? undefined : named(ctx, input.FunctionName);
  const mapped = [found?.function, wanted].filter((name) => name !== undefined);
  const resources = [uuid === '' ? '*' : mappingArn({ account, region, uuid })];
  if (mapped.length === 0) return [{ resources }];
  return mapped.map((name) => ({
    resources,
    context: { 'lambda:FunctionArn': functionArn(name, name.qualifier) },
  }));
};

/** Functions, and mappings. */
const onTagged = (ctx: Context, input: NamesFunction): AuthorizationRequest =>
  input.Resource !== undefined && (parseMappingArn(input.Resource) || parseCodeSigningArn(input.Resource))
    ? { resources: [input.Resource] }
    : onFunction(ctx, input);

const onCodeSigning = (_ctx: Context, input: { CodeSigningConfigArn?: string }): AuthorizationRequest => ({
  resources: [input.CodeSigningConfigArn ?? '*'],
});

/** A function, version or alias by its ARN. */
const onResource = (_ctx: Context, input: { ResourceArn?: string }): AuthorizationRequest => ({
  resources: [input.ResourceArn ?? '*'],
});

/** A durable execution, by its own ARN. */
const onExecution = (_ctx: Context, input: { DurableExecutionArn?: string }): AuthorizationRequest => ({
  resources: [input.DurableExecutionArn ?? '*'],
});

/** The execution that a callback is of. */
const onCallback = async (ctx: Context, input: { CallbackId?: string }): Promise<AuthorizationRequest> => {
  const { key } = parseCallbackId(input.CallbackId ?? '');
  const record = await ctx.room.durable.store.execution(key);
  return { resources: [record ? executionArn(record) : functionArn(key)] };
};

const anything = (): AuthorizationRequest => ({ resources: ['*'] });

export const authorize: Readonly<Record<string, AuthorizationRule<LambdaRoom>>> = {
  CreateFunction: withRole,
  UpdateFunctionConfiguration: withRole,
  UpdateFunctionCode: onFunction,
  GetFunction: onFunction,
  GetFunctionConfiguration: onFunction,
  ListFunctions: anything,
  DeleteFunction: onFunction,
  GetAccountSettings: anything,
  Invoke: onQualified('lambda:InvokeFunction'),
  InvokeWithResponseStream: onQualified('lambda:InvokeFunction'),
  PublishVersion: onFunction,
  ListVersionsByFunction: onFunction,
  CreateAlias: onFunction,
  GetAlias: onFunction,
  UpdateAlias: onFunction,
  DeleteAlias: onFunction,
  ListAliases: onFunction,
  AddPermission: onPermission,
  RemovePermission: onFunction,
  GetPolicy: onFunction,
  PutResourcePolicy: onResource,
  GetResourcePolicy: onResource,
  DeleteResourcePolicy: onResource,
  TagResource: onTagged,
  UntagResource: onTagged,
  ListTags: onTagged,
  PutFunctionConcurrency: onFunction,
  DeleteFunctionConcurrency: onFunction,
  GetFunctionConcurrency: onFunction,
  PutProvisionedConcurrencyConfig: onVersion,
  GetProvisionedConcurrencyConfig: onVersion,
  DeleteProvisionedConcurrencyConfig: onVersion,
  ListProvisionedConcurrencyConfigs: onFunction,
  PutFunctionEventInvokeConfig: onFunction,
  UpdateFunctionEventInvokeConfig: onFunction,
  GetFunctionEventInvokeConfig: onFunction,
  DeleteFunctionEventInvokeConfig: onFunction,
  ListFunctionEventInvokeConfigs: onFunction,
  CreateFunctionUrlConfig: onUrl,
  DeleteFunctionUrlConfig: onUrl,
  GetFunctionUrlConfig: onUrl,
  ListFunctionUrlConfigs: onFunction,
  UpdateFunctionUrlConfig: onUrl,
  CreateEventSourceMapping: onMapping,
  GetEventSourceMapping: onMapping,
  ListEventSourceMappings: anything,
  UpdateEventSourceMapping: onMapping,
  DeleteEventSourceMapping: onMapping,
  PublishLayerVersion: onLayer,
  ListLayerVersions: anything,
  ListLayers: anything,
  GetLayerVersion: onLayerVersion,
  GetLayerVersionByArn: async (ctx, input: { Arn?: string }) => ({
    ...(await onLayerVersion(ctx, input)),
    action: 'lambda:GetLayerVersion',
  }),
  AddLayerVersionPermission: onLayerVersion,
  RemoveLayerVersionPermission: onLayerVersion,
  GetLayerVersionPolicy: onLayerVersion,
  PutFunctionRecursionConfig: onFunction,
  GetFunctionRecursionConfig: onFunction,
  PutRuntimeManagementConfig: onFunction,
  GetRuntimeManagementConfig: onFunction,
  CreateCodeSigningConfig: anything,
  GetCodeSigningConfig: onCodeSigning,
  UpdateCodeSigningConfig: onCodeSigning,
  DeleteCodeSigningConfig: onCodeSigning,
  ListCodeSigningConfigs: anything,
  ListFunctionsByCodeSigningConfig: onCodeSigning,
  PutFunctionCodeSigningConfig: onSigned,
  GetFunctionCodeSigningConfig: onFunction,
  DeleteFunctionCodeSigningConfig: onFunction,
  InvokeAsync: onQualified('lambda:InvokeAsync'),
  DeleteLayerVersion: onLayerVersion,
  CheckpointDurableExecution: onExecution,
  GetDurableExecution: onExecution,
  GetDurableExecutionHistory: onExecution,
  GetDurableExecutionState: onExecution,
  StopDurableExecution: onExecution,
  ListDurableExecutionsByFunction: onFunction,
  SendDurableExecutionCallbackFailure: onCallback,
  SendDurableExecutionCallbackHeartbeat: onCallback,
  SendDurableExecutionCallbackSuccess: onCallback,
};
