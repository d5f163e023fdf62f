/** CreateRestApi, GetRestApi(s), UpdateRestApi, DeleteRestApi. */
import type {
  CreateRestApiRequest,
  DeleteRestApiRequest,
  GetRestApiRequest,
  GetRestApisRequest,
  UpdateRestApiRequest,
} from '@aws-sdk/client-api-gateway';
import { booleanOf, type PatchRules, patched, rule } from '../domain/patch.ts';
import type { EndpointConfiguration, RestApi } from '../domain/types.ts';
import { BadRequestException, LimitExceededException } from '../errors.ts';
import {
  apiNameMax,
  apisPerRegion,
  edgeApisPerRegion,
  payloadBytesMax,
  resourcePolicyBytesMax,
} from '../limits.ts';
import type { Context, Operations } from '../room.ts';
import type { ApiWriter } from '../store.ts';
import { cloneApi } from './clone.ts';
import { checkUnmapped } from './customDomains.ts';
import { findApi, mapOf, pageOf } from './find.ts';

async function CreateRestApi(ctx: Context, input: CreateRestApiRequest) {
  const api = newApi(ctx, input.name ?? '');
  if (input.description) api.description = input.description;
  if (input.version) api.version = input.version;
  if (input.binaryMediaTypes?.length) api.binaryMediaTypes = input.binaryMediaTypes;
  api.minimumCompressionSize = input.minimumCompressionSize;
  if (input.apiKeySource) api.apiKeySource = input.apiKeySource;
  if (input.endpointConfiguration) api.endpointConfiguration = readEndpoint(input.endpointConfiguration);
  api.policy = input.policy;
  api.tags = mapOf(input.tags);
  api.disableExecuteApiEndpoint = input.disableExecuteApiEndpoint ?? false;
  api.securityPolicy = input.securityPolicy;
  checkAccessMode(input.endpointAccessMode);
  checkApi(api);
  await ctx.room.store.transact(async (tx) => {
    await writeNewApi(ctx, tx, api);
    if (input.cloneFrom) await cloneApi(ctx, tx, input.cloneFrom, api);
    else writeDefaultModels(ctx, tx, api.id);
  });
  return apiOutput(api);
}

function checkAccessMode(mode: string | undefined): void {
  if (mode && mode !== 'BASIC') {
    throw new BadRequestException('Endpoint access mode STRICT is not supported by this cloud.');
  }
}

/** An API as it stands before anything is said of it. */
export function newApi(ctx: Context, name: string): RestApi {
  const { ids } = ctx.room.platform;
  return {
    id: ids.token(10),
    name,
    createdDate: ctx.now,
    apiKeySource: 'HEADER',
    endpointConfiguration: { types: ['EDGE'], ipAddressType: 'ipv4' },
    disableExecuteApiEndpoint: false,
    rootResourceId: ids.token(10),
  };
}

/** @throws LimitExceededException when the region holds as many APIs of the endpoint type as it may. */
export async function writeNewApi(ctx: Context, tx: ApiWriter, api: RestApi): Promise<void> {
  const [type] = api.endpointConfiguration.types;
  const apis = await tx.list('api', ctx, '');
  const alike = apis.filter((other) => other.endpointConfiguration.types[0] === type);
  if (alike.length >= (type === 'EDGE' ? edgeApisPerRegion : apisPerRegion)) {
    throw new LimitExceededException(`Maximum number of ${type} APIs for this account has been reached`);
  }
  tx.put('api', ctx, '', api.id, api);
  tx.putAddress(api.id, { kind: 'rest', account: ctx.account, region: ctx.region });
  tx.put('resource', ctx, api.id, api.rootResourceId, {
    id: api.rootResourceId,
    path: '/',
    resourceMethods: {},
  });
}

/** Every new API starts with these two models. */
export function writeDefaultModels(ctx: Context, tx: ApiWriter, apiId: string): void {
  const { ids } = ctx.room.platform;
  tx.put('model', ctx, apiId, 'Empty', {
    id: ids.token(6),
    name: 'Empty',
    description: 'This is a default empty schema model',
    contentType: 'application/json',
    schema:
      '{\n  "$schema": "http://json-schema.org/draft-04/schema#",\n  "title" : "Empty Schema",\n  "type" : "object"\n}',
  });
  tx.put('model', ctx, apiId, 'Error', {
    id: ids.token(6),
    name: 'Error',
    description: 'This is a default error schema model',
    contentType: 'application/json',
    schema:
      '{\n  "$schema" : "http://json-schema.org/draft-04/schema#",\n  "title" : "Error Schema",\n  "type" : "object",\n  "properties" : {\n    "message" : { "type" : "string" }\n  }\n}',
  });
}

export function checkApi(api: RestApi): void {
  if (api.name.trim() === '') throw new BadRequestException('API Name cannot be blank');
  if (api.name.length > apiNameMax) {
    throw new BadRequestException(`API Name must be at most ${apiNameMax} characters`);
  }
  const compression = api.minimumCompressionSize;
  if (
    compression !== undefined &&
    compression !== null &&
    (compression < 0 || compression > payloadBytesMax)
  ) {
    throw new BadRequestException(
      'Invalid minimum compression size, must be between 0 and 10485760 (inclusive)',
    );
  }
  if (api.policy) {
    if (Buffer.byteLength(api.policy) > resourcePolicyBytesMax) {
      throw new BadRequestException(`Resource policy is larger than ${resourcePolicyBytesMax} bytes.`);
    }
    try {
      JSON.parse(api.policy);
    } catch {
      throw new BadRequestException(
        'Invalid policy document. Please check the policy syntax and ensure it is JSON.',
      );
    }
  }
  const [type] = api.endpointConfiguration.types;
  if (api.endpointConfiguration.vpcEndpointIds?.length && type !== 'PRIVATE') {
    throw new BadRequestException('VpcEndpoint can only be specified for PRIVATE endpoint type.');
  }
}

export function readEndpoint(input: {
  types?: readonly string[] | undefined;
  ipAddressType?: string | undefined;
  vpcEndpointIds?: string[] | undefined;
}): EndpointConfiguration {
  const types = input.types?.length ? [...input.types] : ['EDGE'];
  if (types.length > 1) {
    throw new BadRequestException('Cannot create an api with multiple Endpoint Types.');
  }
  const endpoint: EndpointConfiguration = {
    types,
    ipAddressType: input.ipAddressType ?? (types[0] === 'PRIVATE' ? 'dualstack' : 'ipv4'),
  };
  if (input.vpcEndpointIds?.length) endpoint.vpcEndpointIds = input.vpcEndpointIds;
  return endpoint;
}

export function apiOutput(api: RestApi) {
  return { ...api, createdDate: new Date(api.createdDate), apiStatus: 'AVAILABLE', warnings: undefined };
}

async function GetRestApi(ctx: Context, input: GetRestApiRequest) {
  return apiOutput(await findApi(ctx.room.store, ctx, input.restApiId ?? ''));
}

async function GetRestApis(ctx: Context, input: GetRestApisRequest) {
  const { items, position } = await pageOf(ctx.room.store, 'api', ctx, '', input);
  return { items: items.map(apiOutput), position };
}

const patchRules: PatchRules<RestApi> = {
  '/name': rule.text('name'),
  '/description': rule.text('description', ['add', 'replace', 'remove']),
  '/version': rule.text('version'),
  '/policy': rule.text('policy', ['replace', 'remove']),
  '/apiKeySource': {
    ops: ['replace'],
    apply(api, { value }) {
      if (value !== 'HEADER' && value !== 'AUTHORIZER') {
        throw new BadRequestException('Invalid API key source type: must be HEADER or AUTHORIZER');
      }
      api.apiKeySource = value;
    },
  },
  '/minimumCompressionSize': rule.integer('minimumCompressionSize', ['replace', 'remove']),
  '/disableExecuteApiEndpoint': {
    ops: ['replace'],
    apply(api, { value }) {
      api.disableExecuteApiEndpoint = booleanOf(value);
    },
  },
  '/securityPolicy': rule.text('securityPolicy'),
  '/endpointAccessMode': {
    ops: ['replace'],
    apply(_api, { value }) {
      checkAccessMode(value);
    },
  },
  '/binaryMediaTypes/*': rule.element('binaryMediaTypes'),
  '/endpointConfiguration/types/*': {
    ops: ['replace'],
    apply(api, { value }) {
      api.endpointConfiguration = readEndpoint({ ...api.endpointConfiguration, types: [value] });
    },
  },
  '/endpointConfiguration/ipAddressType': {
    ops: ['replace'],
    apply(api, { value }) {
      api.endpointConfiguration.ipAddressType = value;
    },
  },
  '/endpointConfiguration/vpcEndpointIds': {
    ops: ['add', 'remove'],
    apply(api, { op, value }) {
      const others = (api.endpointConfiguration.vpcEndpointIds ?? []).filter((id) => id !== value);
      api.endpointConfiguration.vpcEndpointIds = op === 'add' ? [...others, value] : others;
    },
  },
};

async function UpdateRestApi(ctx: Context, input: UpdateRestApiRequest) {
  return ctx.room.store.transact(async (tx) => {
    const api = await findApi(tx, ctx, input.restApiId ?? '');
    const updated = patched(api, input.patchOperations, patchRules);
    checkApi(updated);
    tx.put('api', ctx, '', api.id, updated);
    return apiOutput(updated);
  });
}

async function DeleteRestApi(ctx: Context, input: DeleteRestApiRequest) {
  await ctx.room.store.transact(async (tx) => {
    const api = await findApi(tx, ctx, input.restApiId ?? '');
    const plans = await tx.list('usagePlan', ctx, '');
    const plan = plans.find((plan) => plan.apiStages.some((stage) => stage.apiId === api.id));
    if (plan) {
      throw new BadRequestException(
        `Cannot delete API ${api.id}: its stages are associated with usage plan ${plan.id}.`,
      );
    }
    await checkUnmapped(tx, ctx, api.id);
    tx.deleteChildren(ctx, api.id);
    tx.delete('api', ctx, '', api.id);
  });
}

export const restApiOperations: Operations = {
  CreateRestApi,
  GetRestApi,
  GetRestApis,
  UpdateRestApi,
  DeleteRestApi,
};
