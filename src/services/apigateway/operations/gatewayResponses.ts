/** Gateway responses: an API's own answers to what never reaches an integration. */
import type {
  DeleteGatewayResponseRequest,
  GetGatewayResponseRequest,
  GetGatewayResponsesRequest,
  PutGatewayResponseRequest,
  UpdateGatewayResponseRequest,
} from '@aws-sdk/client-api-gateway';
import { gatewayResponseTypes } from '../domain/gatewayResponses.ts';
import { type PatchRules, patched, rule } from '../domain/patch.ts';
import type { GatewayResponse } from '../domain/types.ts';
import { BadRequestException, NotFoundException } from '../errors.ts';
import type { Context, Operations } from '../room.ts';
import { findApi, mapOf } from './find.ts';

const defaultTemplates = { 'application/json': '{"message":$context.error.messageString}' };

/** What API Gateway answers by itself; DEFAULT_4XX and DEFAULT_5XX have no status of their own. */
function standard(responseType: string): GatewayResponse | undefined {
  if (responseType === 'DEFAULT_4XX' || responseType === 'DEFAULT_5XX') {
    return { responseType, responseParameters: {}, responseTemplates: defaultTemplates };
  }
  if (!Object.hasOwn(gatewayResponseTypes, responseType)) return undefined;
  const { status } = gatewayResponseTypes[responseType as keyof typeof gatewayResponseTypes];
  return {
    responseType,
    statusCode: String(status),
    responseParameters: {},
    responseTemplates: defaultTemplates,
  };
}

function output(own: GatewayResponse | undefined, responseType: string) {
  const base = standard(responseType);
  if (!base) throw new NotFoundException('Invalid response type specified');
  if (!own) return { ...base, defaultResponse: true };
  return {
    responseType,
    statusCode: own.statusCode ?? base.statusCode,
    responseParameters: own.responseParameters ?? {},
    responseTemplates: own.responseTemplates ?? base.responseTemplates,
    defaultResponse: false,
  };
}

async function PutGatewayResponse(ctx: Context, input: PutGatewayResponseRequest) {
  const apiId = input.restApiId ?? '';
  const responseType = String(input.responseType);
  if (!standard(responseType)) throw new BadRequestException(`Invalid response type: ${responseType}`);
  const response: GatewayResponse = {
    responseType,
    statusCode: input.statusCode,
    responseParameters: mapOf(input.responseParameters),
    responseTemplates: mapOf(input.responseTemplates),
  };
  checkParameters(response);
  return ctx.room.store.transact(async (tx) => {
    await findApi(tx, ctx, apiId);
    tx.put('gatewayResponse', ctx, apiId, responseType, response);
    return output(response, responseType);
  });
}

function checkParameters(response: GatewayResponse): void {
  for (const name of Object.keys(response.responseParameters ?? {})) {
    if (!/^gatewayresponse\.(?:header|path|querystring)\..+$/.test(name)) {
      throw new BadRequestException(`Invalid mapping expression parameter specified: ${name}`);
    }
  }
}

async function GetGatewayResponse(ctx: Context, input: GetGatewayResponseRequest) {
  await findApi(ctx.room.store, ctx, input.restApiId ?? '');
  const type = String(input.responseType);
  return output(await ctx.room.store.get('gatewayResponse', ctx, input.restApiId ?? '', type), type);
}

async function GetGatewayResponses(ctx: Context, input: GetGatewayResponsesRequest) {
  await findApi(ctx.room.store, ctx, input.restApiId ?? '');
  const own = await ctx.room.store.list('gatewayResponse', ctx, input.restApiId ?? '');
  const types = [...Object.keys(gatewayResponseTypes), 'DEFAULT_4XX', 'DEFAULT_5XX'];
  // All there can be fit on one page; `limit` only cuts, as on AWS.
  const items = types.map((type) =>
    output(
      own.find((response) => response.responseType === type),
      type,
    ),
  );
  return { items: items.slice(0, input.limit ?? items.length) };
}

const patchRules: PatchRules<GatewayResponse> = {
  '/statusCode': rule.text('statusCode', ['replace', 'add', 'remove']),
  '/responseParameters/*': rule.entry('responseParameters'),
  '/responseTemplates/*': rule.entry('responseTemplates'),
};

async function UpdateGatewayResponse(ctx: Context, input: UpdateGatewayResponseRequest) {
  const apiId = input.restApiId ?? '';
  const type = String(input.responseType);
  return ctx.room.store.transact(async (tx) => {
    await findApi(tx, ctx, apiId);
    const known = (await tx.get('gatewayResponse', ctx, apiId, type)) ?? standard(type);
    if (!known) throw new NotFoundException('Invalid response type specified');
    const updated = patched(known, input.patchOperations, patchRules);
    checkParameters(updated);
    tx.put('gatewayResponse', ctx, apiId, type, updated);
    return output(updated, type);
  });
}

async function DeleteGatewayResponse(ctx: Context, input: DeleteGatewayResponseRequest) {
  const apiId = input.restApiId ?? '';
  const type = String(input.responseType);
  await ctx.room.store.transact(async (tx) => {
    await findApi(tx, ctx, apiId);
    if (!(await tx.get('gatewayResponse', ctx, apiId, type))) {
      throw new NotFoundException('Gateway response type not defined on api');
    }
    tx.delete('gatewayResponse', ctx, apiId, type);
  });
}

export const gatewayResponseOperations: Operations = {
  PutGatewayResponse,
  GetGatewayResponse,
  GetGatewayResponses,
  UpdateGatewayResponse,
  DeleteGatewayResponse,
};
