/** Authorizers of HTTP APIs (JWT and functions) and WebSocket APIs (functions). */
import type {
  CreateAuthorizerRequest,
  DeleteAuthorizerRequest,
  GetAuthorizerRequest,
  GetAuthorizersRequest,
  UpdateAuthorizerRequest,
} from '@aws-sdk/client-apigatewayv2';
import { BadRequestException, ConflictException } from '../../errors.ts';
import { authorizersPerApi } from '../../limits.ts';
import type { Context, Operations } from '../../room.ts';
import type { HttpApi, HttpAuthorizer } from '../domain/types.ts';
import { autoDeploy } from './deploy.ts';
import { changesOf, checkQuota, findHttpApi, findHttpPart, httpPage } from './find.ts';

function check(authorizer: HttpAuthorizer, protocol: HttpApi['ProtocolType']): void {
  if (protocol === 'WEBSOCKET') {
    checkForWebSocket(authorizer);
    return;
  }
  if (authorizer.AuthorizerType === 'JWT') {
    if (!authorizer.JwtConfiguration?.Issuer)
      throw new BadRequestException('Issuer is required for JWT authorizers');
    if (!/^https?:\/\//.test(authorizer.JwtConfiguration.Issuer)) {
      throw new BadRequestException(`Invalid issuer: ${authorizer.JwtConfiguration.Issuer}`);
    }
    if (!authorizer.JwtConfiguration.Audience?.length) {
      throw new BadRequestException('Audience is required for JWT authorizers');
    }
    if (authorizer.IdentitySource?.length !== 1) {
      throw new BadRequestException('JWT authorizers take exactly one identity source');
    }
    return;
  }
  if (!authorizer.AuthorizerUri)
    throw new BadRequestException('AuthorizerUri is required for REQUEST authorizers');
  const version = authorizer.AuthorizerPayloadFormatVersion;
  if (version !== '1.0' && version !== '2.0') {
    throw new BadRequestException(
      'AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizers: 1.0 or 2.0',
    );
  }
  if (authorizer.EnableSimpleResponses && version !== '2.0') {
    throw new BadRequestException('Simple responses need AuthorizerPayloadFormatVersion 2.0');
  }
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html */
function checkForWebSocket(authorizer: HttpAuthorizer): void {
  if (authorizer.AuthorizerType !== 'REQUEST') {
    throw new BadRequestException('Only REQUEST authorizers are supported for protocol type WEBSOCKET');
  }
  if (!authorizer.AuthorizerUri) {
    throw new BadRequestException('AuthorizerUri is required for REQUEST authorizers');
  }
  if (authorizer.AuthorizerPayloadFormatVersion || authorizer.EnableSimpleResponses) {
    throw new BadRequestException(
      'AuthorizerPayloadFormatVersion and EnableSimpleResponses are supported for protocol type HTTP only',
    );
  }
  for (const source of authorizer.IdentitySource ?? []) {
    if (!/^(?:route\.request\.(?:header|querystring)|context|stageVariables)\.[\w.$-]+$/.test(source)) {
      throw new BadRequestException(`Invalid mapping expression specified: ${source}`);
    }
  }
}

async function CreateAuthorizer(ctx: Context, input: CreateAuthorizerRequest) {
  const apiId = input.ApiId ?? '';
  if (input.IdentityValidationExpression) {
    throw new BadRequestException('IdentityValidationExpression is supported for WebSocket APIs only');
  }
  const authorizer = {
    ...changesOf(input, ['ApiId']),
    AuthorizerId: ctx.room.platform.ids.token(6),
  } as HttpAuthorizer;
  return ctx.room.store.transact(async (tx) => {
    check(authorizer, (await findHttpApi(tx, ctx, apiId)).ProtocolType);
    await checkQuota(tx, 'httpAuthorizer', ctx, apiId, authorizersPerApi, 'Authorizers for this API');
    tx.put('httpAuthorizer', ctx, apiId, authorizer.AuthorizerId, authorizer);
    await autoDeploy(ctx, tx, apiId);
    return authorizer;
  });
}

async function GetAuthorizer(ctx: Context, input: GetAuthorizerRequest) {
  const id = input.AuthorizerId ?? '';
  return findHttpPart(ctx.room.store, 'httpAuthorizer', ctx, input.ApiId ?? '', id, 'Authorizer');
}

async function GetAuthorizers(ctx: Context, input: GetAuthorizersRequest) {
  await findHttpApi(ctx.room.store, ctx, input.ApiId ?? '');
  return httpPage(ctx.room.store, 'httpAuthorizer', ctx, input.ApiId ?? '', input);
}

async function UpdateAuthorizer(ctx: Context, input: UpdateAuthorizerRequest) {
  const apiId = input.ApiId ?? '';
  const id = input.AuthorizerId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const known = await findHttpPart(tx, 'httpAuthorizer', ctx, apiId, id, 'Authorizer');
    const updated = { ...known, ...changesOf(input, ['ApiId', 'AuthorizerId']) } as HttpAuthorizer;
    check(updated, (await findHttpApi(tx, ctx, apiId)).ProtocolType);
    tx.put('httpAuthorizer', ctx, apiId, id, updated);
    await autoDeploy(ctx, tx, apiId);
    return updated;
  });
}

async function DeleteAuthorizer(ctx: Context, input: DeleteAuthorizerRequest) {
  const apiId = input.ApiId ?? '';
  const id = input.AuthorizerId ?? '';
  await ctx.room.store.transact(async (tx) => {
    await findHttpPart(tx, 'httpAuthorizer', ctx, apiId, id, 'Authorizer');
    const routes = await tx.list('httpRoute', ctx, apiId);
    if (routes.some((route) => route.AuthorizerId === id)) {
      throw new ConflictException(`Cannot delete Authorizer '${id}', it is used by a route`);
    }
    tx.delete('httpAuthorizer', ctx, apiId, id);
    await autoDeploy(ctx, tx, apiId);
  });
}

export const httpAuthorizerOperations: Operations = {
  CreateAuthorizer,
  GetAuthorizer,
  GetAuthorizers,
  UpdateAuthorizer,
  DeleteAuthorizer,
};
