/** Integration responses: what becomes of the answers of a WebSocket API's integrations that are no proxies. */
import type {
  CreateIntegrationResponseRequest,
  DeleteIntegrationResponseRequest,
  GetIntegrationResponseRequest,
  GetIntegrationResponsesRequest,
  UpdateIntegrationResponseRequest,
} from '@aws-sdk/client-apigatewayv2';
import { javaRegex } from '../../domain/javaRegex.ts';
import { BadRequestException, ConflictException, NotFoundException } from '../../errors.ts';
import { mapOf } from '../../operations/find.ts';
import type { Context, Operations } from '../../room.ts';
import type { ApiReader } from '../../store.ts';
import type { HttpIntegrationResponse } from '../domain/types.ts';
import { autoDeploy } from './deploy.ts';
import { changesOf, findHttpPart, httpPage, requireWebSocket } from './find.ts';

const what = 'IntegrationResponse';

async function check(
  reader: ApiReader,
  ctx: Context,
  apiId: string,
  response: HttpIntegrationResponse,
): Promise<void> {
  await requireWebSocket(reader, ctx, apiId);
  const integration = await findHttpPart(
    reader,
    'httpIntegration',
    ctx,
    apiId,
    response.IntegrationId,
    'Integration',
  );
  if (integration.IntegrationType.endsWith('_PROXY')) {
    throw new BadRequestException('Integration responses are not supported for proxy integrations');
  }
  const { IntegrationResponseKey: key } = response;
  // "The integration response key functions as a regular expression. It should follow a format of /expression/."
  const isPattern = key.length > 2 && key.startsWith('/') && key.endsWith('/');
  if (key !== '$default' && !(isPattern && javaRegex(key.slice(1, -1), true))) {
    throw new BadRequestException(
      `Invalid integration response key ${key}: $default, or a regular expression between slashes`,
    );
  }
  const others = await responsesOf(reader, ctx, apiId, response.IntegrationId);
  const same = others.find((other) => other.IntegrationResponseKey === key);
  if (same && same.IntegrationResponseId !== response.IntegrationResponseId) {
    throw new ConflictException(`Integration response with key ${key} already exists for this integration`);
  }
}

/** All of one integration: they are few, and live under their API. */
export async function responsesOf(
  reader: ApiReader,
  ctx: Context,
  apiId: string,
  integrationId: string,
): Promise<HttpIntegrationResponse[]> {
  const all = await reader.list('httpIntegrationResponse', ctx, apiId);
  return all.filter((response) => response.IntegrationId === integrationId);
}

async function find(
  reader: ApiReader,
  ctx: Context,
  input: {
    ApiId: string | undefined;
    IntegrationId: string | undefined;
    IntegrationResponseId: string | undefined;
  },
): Promise<HttpIntegrationResponse> {
  const id = input.IntegrationResponseId ?? '';
  const apiId = input.ApiId ?? '';
  await findHttpPart(reader, 'httpIntegration', ctx, apiId, input.IntegrationId ?? '', 'Integration');
  const found = await findHttpPart(reader, 'httpIntegrationResponse', ctx, apiId, id, what);
  if (found.IntegrationId === input.IntegrationId) return found;
  throw new NotFoundException(`Invalid ${what} identifier specified ${id}`);
}

function output({ IntegrationId: _, ...response }: HttpIntegrationResponse) {
  return response;
}

async function CreateIntegrationResponse(ctx: Context, input: CreateIntegrationResponseRequest) {
  const apiId = input.ApiId ?? '';
  const response: HttpIntegrationResponse = {
    IntegrationResponseId: ctx.room.platform.ids.token(7),
    IntegrationId: input.IntegrationId ?? '',
    IntegrationResponseKey: input.IntegrationResponseKey ?? '',
    ContentHandlingStrategy: input.ContentHandlingStrategy,
    ResponseParameters: mapOf(input.ResponseParameters),
    ResponseTemplates: mapOf(input.ResponseTemplates),
    TemplateSelectionExpression: input.TemplateSelectionExpression,
  };
  return ctx.room.store.transact(async (tx) => {
    await check(tx, ctx, apiId, response);
    tx.put('httpIntegrationResponse', ctx, apiId, response.IntegrationResponseId, response);
    await autoDeploy(ctx, tx, apiId);
    return output(response);
  });
}

async function GetIntegrationResponse(ctx: Context, input: GetIntegrationResponseRequest) {
  return output(await find(ctx.room.store, ctx, input));
}

async function GetIntegrationResponses(ctx: Context, input: GetIntegrationResponsesRequest) {
  const apiId = input.ApiId ?? '';
  const id = input.IntegrationId ?? '';
  await findHttpPart(ctx.room.store, 'httpIntegration', ctx, apiId, id, 'Integration');
  const page = await httpPage(ctx.room.store, 'httpIntegrationResponse', ctx, apiId, input);
  const own = page.Items.filter((response) => response.IntegrationId === id);
  return { Items: own.map(output), NextToken: page.NextToken };
}

async function UpdateIntegrationResponse(ctx: Context, input: UpdateIntegrationResponseRequest) {
  const apiId = input.ApiId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const known = await find(tx, ctx, input);
    const updated = {
      ...known,
      ...changesOf(input, ['ApiId', 'IntegrationId', 'IntegrationResponseId']),
    } as HttpIntegrationResponse;
    await check(tx, ctx, apiId, updated);
    tx.put('httpIntegrationResponse', ctx, apiId, known.IntegrationResponseId, updated);
    await autoDeploy(ctx, tx, apiId);
    return output(updated);
  });
}

async function DeleteIntegrationResponse(ctx: Context, input: DeleteIntegrationResponseRequest) {
  const apiId = input.ApiId ?? '';
  await ctx.room.store.transact(async (tx) => {
    const { IntegrationResponseId } = await find(tx, ctx, input);
    tx.delete('httpIntegrationResponse', ctx, apiId, IntegrationResponseId);
    await autoDeploy(ctx, tx, apiId);
  });
}

export const integrationResponseOperations: Operations = {
  CreateIntegrationResponse,
  GetIntegrationResponse,
  GetIntegrationResponses,
  UpdateIntegrationResponse,
  DeleteIntegrationResponse,
};
