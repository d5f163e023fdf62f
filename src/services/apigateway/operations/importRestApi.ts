/** ImportRestApi and PutRestApi (overwrite, merge). */
import type { ImportRestApiRequest, PutRestApiRequest } from '@aws-sdk/client-api-gateway';
import { readDocument } from '../domain/openapi/document.ts';
import {
  type BasePathMode,
  type ImportedApi,
  type ImportedMethod,
  importOpenApi,
} from '../domain/openapi/import.ts';
import type { Method, Resource, RestApi } from '../domain/types.ts';
import { BadRequestException } from '../errors.ts';
import { resourcesPerApi } from '../limits.ts';
import type { Context, Operations } from '../room.ts';
import type { ApiWriter } from '../store.ts';
import { writeDocumentation } from './documentationParts.ts';
import { findApi } from './find.ts';
import { checkIntegration } from './integrations.ts';
import { apiOutput, checkApi, newApi, readEndpoint, writeNewApi } from './restApis.ts';

async function ImportRestApi(ctx: Context, input: ImportRestApiRequest) {
  const api = newApi(ctx, '');
  const imported = read(input, api.id);
  const endpointType = input.parameters?.endpointConfigurationTypes;
  if (endpointType) api.endpointConfiguration = readEndpoint({ types: [endpointType] });
  const settled = settle(api, imported, true);
  checkApi(settled);
  return ctx.room.store.transact(async (tx) => {
    await writeNewApi(ctx, tx, settled);
    await writeImported(ctx, tx, settled, imported, false);
    return { ...apiOutput(settled), warnings: imported.warnings.length > 0 ? imported.warnings : undefined };
  });
}

async function PutRestApi(ctx: Context, input: PutRestApiRequest) {
  const overwrite = input.mode === 'overwrite';
  return ctx.room.store.transact(async (tx) => {
    const api = await findApi(tx, ctx, input.restApiId ?? '');
    const imported = read(input, api.id);
    const settled = settle(api, imported, overwrite);
    const endpointType = input.parameters?.endpointConfigurationTypes;
    if (endpointType) settled.endpointConfiguration = readEndpoint({ types: [endpointType] });
    checkApi(settled);
    tx.put('api', ctx, '', api.id, settled);
    await writeImported(ctx, tx, settled, imported, !overwrite);
    return { ...apiOutput(settled), warnings: imported.warnings.length > 0 ? imported.warnings : undefined };
  });
}

function read(
  input: {
    body: Uint8Array | undefined;
    parameters?: Record<string, string> | undefined;
    failOnWarnings?: boolean | undefined;
  },
  apiId: string,
): ImportedApi {
  const basePath = input.parameters?.basepath ?? input.parameters?.basePath ?? 'ignore';
  if (!['ignore', 'prepend', 'split'].includes(basePath)) {
    throw new BadRequestException(
      `Invalid basepath parameter '${basePath}': must be ignore, prepend or split`,
    );
  }
  const imported = importOpenApi(
    readDocument(input.body ?? new Uint8Array()),
    apiId,
    basePath as BasePathMode,
  );
  if (input.parameters?.ignore === 'documentation') imported.documentation = [];
  if (input.failOnWarnings && imported.warnings.length > 0) {
    throw new BadRequestException(`Warnings found during import:\n\t${imported.warnings.join('\n\t')}`);
  }
  return imported;
}

/** The API's own settings; on overwrite what the document doesn't say falls back, on merge it stays. */
function settle(api: RestApi, imported: ImportedApi, overwrite: boolean): RestApi {
  const { vpcEndpointIds, ...said } = imported.api;
  const settled = { ...api };
  if (overwrite) {
    settled.binaryMediaTypes = undefined;
    settled.apiKeySource = 'HEADER';
  }
  for (const [name, value] of Object.entries(said)) {
    if (value !== undefined) Object.assign(settled, { [name]: value });
  }
  if (vpcEndpointIds) {
    settled.endpointConfiguration = { types: ['PRIVATE'], ipAddressType: 'dualstack', vpcEndpointIds };
  }
  return settled;
}

async function writeImported(
  ctx: Context,
  tx: ApiWriter,
  api: RestApi,
  imported: ImportedApi,
  merge: boolean,
): Promise<void> {
  if (!merge) {
    for (const kind of [
      'resource',
      'model',
      'validator',
      'authorizer',
      'gatewayResponse',
      'documentationPart',
    ] as const) {
      tx.deleteAll(kind, ctx, api.id);
    }
  }
  const validators = await writeNamed(ctx, tx, 'validator', api.id, imported.validators, merge);
  const authorizers = await writeNamed(ctx, tx, 'authorizer', api.id, imported.authorizers, merge);
  for (const model of imported.models) {
    const known = merge ? await tx.get('model', ctx, api.id, model.name) : undefined;
    tx.put('model', ctx, api.id, model.name, { ...model, id: known?.id ?? ctx.room.platform.ids.token(6) });
  }
  for (const response of imported.gatewayResponses) {
    tx.put('gatewayResponse', ctx, api.id, response.responseType, response);
  }
  await writeDocumentation(ctx, tx, api.id, imported.documentation, merge);
  const known = merge ? await tx.list('resource', ctx, api.id) : [];
  const resources = growTree(ctx, api, known, Object.keys(imported.paths));
  for (const [path, methods] of Object.entries(imported.paths)) {
    const resource = resources.get(path) as Resource;
    for (const [httpMethod, method] of Object.entries(methods)) {
      resource.resourceMethods[httpMethod] = settleMethod(method, resource, validators, authorizers);
    }
  }
  for (const resource of resources.values()) tx.put('resource', ctx, api.id, resource.id, resource);
}

/** Writes records that documents know by name. @returns name → id. */
async function writeNamed(
  ctx: Context,
  tx: ApiWriter,
  kind: 'validator' | 'authorizer',
  apiId: string,
  records: readonly { name?: string | undefined }[],
  merge: boolean,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  const known: readonly { name?: string | undefined; id: string }[] = merge
    ? await tx.list(kind, ctx, apiId)
    : [];
  for (const record of known) ids.set(record.name ?? '', record.id);
  for (const record of records) {
    const id = ids.get(record.name ?? '') ?? ctx.room.platform.ids.token(6);
    ids.set(record.name ?? '', id);
    tx.put(kind, ctx, apiId, id, { ...record, id } as never);
  }
  return ids;
}

/** All resources that `paths` need, parents included. */
function growTree(
  ctx: Context,
  api: RestApi,
  known: readonly Resource[],
  paths: readonly string[],
): Map<string, Resource> {
  const tree = new Map(known.map((resource) => [resource.path, resource]));
  if (!tree.has('/')) tree.set('/', { id: api.rootResourceId, path: '/', resourceMethods: {} });
  for (const path of paths) {
    let parent = tree.get('/') as Resource;
    let walked = '';
    for (const pathPart of path.split('/').filter((part) => part !== '')) {
      walked += `/${pathPart}`;
      let resource = tree.get(walked);
      if (!resource) {
        resource = {
          id: ctx.room.platform.ids.token(6),
          parentId: parent.id,
          pathPart,
          path: walked,
          resourceMethods: {},
        };
        tree.set(walked, resource);
      }
      parent = resource;
    }
  }
  if (tree.size > resourcesPerApi) {
    throw new BadRequestException(
      `Maximum number of resources for this API has been reached: ${resourcesPerApi}`,
    );
  }
  return tree;
}

function settleMethod(
  imported: ImportedMethod,
  resource: Resource,
  validators: ReadonlyMap<string, string>,
  authorizers: ReadonlyMap<string, string>,
): Method {
  const { authorizerName, validatorName, ...method } = imported;
  const settled: Method = method;
  if (authorizerName) settled.authorizerId = authorizers.get(authorizerName);
  if (validatorName) settled.requestValidatorId = validators.get(validatorName);
  const integration = settled.methodIntegration;
  if (integration) {
    if (integration.cacheNamespace === '') integration.cacheNamespace = resource.id;
    try {
      checkIntegration(integration);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new BadRequestException(
        `Errors found during import:\n\tUnable to put integration on '${method.httpMethod}' for resource at path '${resource.path}': ${why}`,
      );
    }
  }
  return settled;
}

export const importOperations: Operations = { ImportRestApi, PutRestApi };
