/** Methods and method responses. */
import type {
  DeleteMethodRequest,
  DeleteMethodResponseRequest,
  GetMethodRequest,
  GetMethodResponseRequest,
  PutMethodRequest,
  PutMethodResponseRequest,
  UpdateMethodRequest,
  UpdateMethodResponseRequest,
} from '@aws-sdk/client-api-gateway';
import { type PatchRules, patched, rule } from '../domain/patch.ts';
import type { Method, MethodResponse } from '../domain/types.ts';
import { BadRequestException, ConflictException, NotFoundException } from '../errors.ts';
import type { Context, Operations } from '../room.ts';
import type { ApiReader } from '../store.ts';
import { findMethod, findResource, mapOf } from './find.ts';

const httpMethods = new Set(['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'ANY']);
const authorizationTypes = new Set(['NONE', 'AWS_IAM', 'CUSTOM', 'COGNITO_USER_POOLS']);

async function PutMethod(ctx: Context, input: PutMethodRequest) {
  const apiId = input.restApiId ?? '';
  const httpMethod = (input.httpMethod ?? '').toUpperCase();
  if (!httpMethods.has(httpMethod)) {
    throw new BadRequestException(
      `Invalid HttpMethod specified. Valid options are ${[...httpMethods].join(',')}`,
    );
  }
  const method: Method = {
    httpMethod,
    authorizationType: (input.authorizationType ?? 'NONE') as Method['authorizationType'],
    authorizerId: input.authorizerId,
    authorizationScopes: input.authorizationScopes?.length ? input.authorizationScopes : undefined,
    apiKeyRequired: input.apiKeyRequired ?? false,
    requestValidatorId: input.requestValidatorId,
    operationName: input.operationName,
    requestParameters: mapOf(input.requestParameters),
    requestModels: mapOf(input.requestModels),
  };
  return ctx.room.store.transact(async (tx) => {
    const resource = await findResource(tx, ctx, apiId, input.resourceId ?? '');
    if (resource.resourceMethods[httpMethod]) {
      throw new ConflictException('Method already exists for this resource');
    }
    await checkMethod(tx, ctx, apiId, method);
    resource.resourceMethods[httpMethod] = method;
    tx.put('resource', ctx, apiId, resource.id, resource);
    return method;
  });
}

async function checkMethod(reader: ApiReader, ctx: Context, apiId: string, method: Method): Promise<void> {
  if (!authorizationTypes.has(method.authorizationType)) {
    throw new BadRequestException(
      'Invalid authorization type specified. Valid options are NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS',
    );
  }
  if (method.authorizationType === 'CUSTOM' || method.authorizationType === 'COGNITO_USER_POOLS') {
    const known = method.authorizerId && (await reader.get('authorizer', ctx, apiId, method.authorizerId));
    if (!known) {
      throw new BadRequestException(
        'Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.',
      );
    }
  }
  for (const name of Object.keys(method.requestParameters ?? {})) {
    if (
      !/^method\.request\.(?:querystring|path|header|multivaluequerystring|multivalueheader)\..+$/.test(name)
    ) {
      throw new BadRequestException(`Invalid mapping expression parameter specified: ${name}`);
    }
  }
  if (method.requestValidatorId && !(await reader.get('validator', ctx, apiId, method.requestValidatorId))) {
    throw new BadRequestException('Invalid Request Validator identifier specified');
  }
  for (const model of Object.values(method.requestModels ?? {})) {
    if (!(await reader.get('model', ctx, apiId, model))) {
      throw new BadRequestException(`Invalid model identifier specified: ${model}`);
    }
  }
}

async function GetMethod(ctx: Context, input: GetMethodRequest) {
  const found = await findMethod(
    ctx.room.store,
    ctx,
    input.restApiId ?? '',
    input.resourceId ?? '',
    input.httpMethod ?? '',
  );
  return found.method;
}

const methodRules: PatchRules<Method> = {
  '/authorizationType': {
    ops: ['replace'],
    apply(method, { value }) {
      method.authorizationType = value as Method['authorizationType'];
      if (value === 'NONE' || value === 'AWS_IAM') method.authorizerId = undefined;
    },
  },
  '/authorizerId': rule.text('authorizerId', ['replace', 'remove']),
  '/authorizationScopes': {
    ops: ['add', 'remove'],
    apply(method, { op, value }) {
      const others = (method.authorizationScopes ?? []).filter((scope) => scope !== value);
      method.authorizationScopes = op === 'add' ? [...others, value] : others;
    },
  },
  '/apiKeyRequired': rule.flag('apiKeyRequired'),
  '/operationName': rule.text('operationName', ['replace', 'remove']),
  '/requestValidatorId': {
    ops: ['replace', 'remove'],
    apply(method, { op, value }) {
      method.requestValidatorId = op === 'remove' || value === '' ? undefined : value;
    },
  },
  '/requestParameters/*': rule.flagEntry('requestParameters'),
  '/requestModels/*': rule.entry('requestModels'),
};

async function UpdateMethod(ctx: Context, input: UpdateMethodRequest) {
  const apiId = input.restApiId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const found = await findMethod(tx, ctx, apiId, input.resourceId ?? '', input.httpMethod ?? '');
    const updated = patched(found.method, input.patchOperations, methodRules);
    await checkMethod(tx, ctx, apiId, updated);
    found.resource.resourceMethods[updated.httpMethod] = updated;
    tx.put('resource', ctx, apiId, found.resource.id, found.resource);
    return updated;
  });
}

async function DeleteMethod(ctx: Context, input: DeleteMethodRequest) {
  const apiId = input.restApiId ?? '';
  await ctx.room.store.transact(async (tx) => {
    const { resource, method } = await findMethod(
      tx,
      ctx,
      apiId,
      input.resourceId ?? '',
      input.httpMethod ?? '',
    );
    delete resource.resourceMethods[method.httpMethod];
    tx.put('resource', ctx, apiId, resource.id, resource);
  });
}

async function PutMethodResponse(ctx: Context, input: PutMethodResponseRequest) {
  const apiId = input.restApiId ?? '';
  const response: MethodResponse = {
    statusCode: input.statusCode ?? '',
    responseParameters: mapOf(input.responseParameters),
    responseModels: mapOf(input.responseModels),
  };
  for (const name of Object.keys(response.responseParameters ?? {})) checkResponseParameter(name);
  return ctx.room.store.transact(async (tx) => {
    const { resource, method } = await findMethod(
      tx,
      ctx,
      apiId,
      input.resourceId ?? '',
      input.httpMethod ?? '',
    );
    if (method.methodResponses?.[response.statusCode]) {
      throw new ConflictException('Response already exists for this resource');
    }
    method.methodResponses = { ...method.methodResponses, [response.statusCode]: response };
    tx.put('resource', ctx, apiId, resource.id, resource);
    return response;
  });
}

function checkResponseParameter(name: string): void {
  if (!/^method\.response\.(?:header|multivalueheader)\..+$/.test(name)) {
    throw new BadRequestException(`Invalid mapping expression parameter specified: ${name}`);
  }
}

function responseOf(method: Method, statusCode: string): MethodResponse {
  const response = method.methodResponses?.[statusCode];
  if (response) return response;
  throw new NotFoundException('Invalid Response status code specified');
}

async function GetMethodResponse(ctx: Context, input: GetMethodResponseRequest) {
  const { method } = await findMethod(
    ctx.room.store,
    ctx,
    input.restApiId ?? '',
    input.resourceId ?? '',
    input.httpMethod ?? '',
  );
  return responseOf(method, input.statusCode ?? '');
}

const responseRules: PatchRules<MethodResponse> = {
  '/responseParameters/*': rule.flagEntry('responseParameters'),
  '/responseModels/*': rule.entry('responseModels'),
};

async function UpdateMethodResponse(ctx: Context, input: UpdateMethodResponseRequest) {
  const apiId = input.restApiId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const { resource, method } = await findMethod(
      tx,
      ctx,
      apiId,
      input.resourceId ?? '',
      input.httpMethod ?? '',
    );
    const updated = patched(responseOf(method, input.statusCode ?? ''), input.patchOperations, responseRules);
    method.methodResponses = { ...method.methodResponses, [updated.statusCode]: updated };
    tx.put('resource', ctx, apiId, resource.id, resource);
    return updated;
  });
}

async function DeleteMethodResponse(ctx: Context, input: DeleteMethodResponseRequest) {
  const apiId = input.restApiId ?? '';
  await ctx.room.store.transact(async (tx) => {
    const { resource, method } = await findMethod(
      tx,
      ctx,
      apiId,
      input.resourceId ?? '',
      input.httpMethod ?? '',
    );
    const response = responseOf(method, input.statusCode ?? '');
    delete method.methodResponses?.[response.statusCode];
    tx.put('resource', ctx, apiId, resource.id, resource);
  });
}

export const methodOperations: Operations = {
  PutMethod,
  GetMethod,
  UpdateMethod,
  DeleteMethod,
  PutMethodResponse,
  GetMethodResponse,
  UpdateMethodResponse,
  DeleteMethodResponse,
};
