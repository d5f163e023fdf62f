/** Authorizers: functions (TOKEN, REQUEST) and Cognito user pools that decide who may call a method. */
import type {
  CreateAuthorizerRequest,
  DeleteAuthorizerRequest,
  GetAuthorizerRequest,
  GetAuthorizersRequest,
  UpdateAuthorizerRequest,
} from '@aws-sdk/client-api-gateway';
import { javaRegex } from '../domain/javaRegex.ts';
import { type PatchRules, patched, rule } from '../domain/patch.ts';
import type { Authorizer } from '../domain/types.ts';
import { BadRequestException, ConflictException, LimitExceededException } from '../errors.ts';
import { authorizersPerApi, authorizerTtlMaxSeconds } from '../limits.ts';
import type { Context, Operations } from '../room.ts';
import { findApi, findPart, pageOf } from './find.ts';

const unknownAuthorizer = 'Invalid Authorizer identifier specified';

async function CreateAuthorizer(ctx: Context, input: CreateAuthorizerRequest) {
  const apiId = input.restApiId ?? '';
  const authorizer: Authorizer = {
    id: ctx.room.platform.ids.token(6),
    name: input.name ?? '',
    type: input.type as Authorizer['type'],
    providerARNs: input.providerARNs?.length ? input.providerARNs : undefined,
    authType: input.authType ?? (input.type === 'COGNITO_USER_POOLS' ? 'cognito_user_pools' : 'custom'),
    authorizerUri: input.authorizerUri,
    authorizerCredentials: input.authorizerCredentials,
    identitySource: input.identitySource,
    identityValidationExpression: input.identityValidationExpression,
    authorizerResultTtlInSeconds: input.authorizerResultTtlInSeconds,
  };
  if (authorizer.authorizerResultTtlInSeconds === undefined) authorizer.authorizerResultTtlInSeconds = 300;
  checkAuthorizer(authorizer);
  return ctx.room.store.transact(async (tx) => {
    await findApi(tx, ctx, apiId);
    const others = await tx.list('authorizer', ctx, apiId);
    if (others.length >= authorizersPerApi) {
      throw new LimitExceededException('Maximum number of Authorizers for this API has been reached');
    }
    if (others.some((other) => other.name === authorizer.name)) {
      throw new ConflictException(
        'Authorizer name must be unique. Authorizer already exists with that name.',
      );
    }
    tx.put('authorizer', ctx, apiId, authorizer.id, authorizer);
    return authorizer;
  });
}

function checkAuthorizer(authorizer: Authorizer): void {
  const ttl = authorizer.authorizerResultTtlInSeconds;
  if (ttl !== undefined && (ttl < 0 || ttl > authorizerTtlMaxSeconds)) {
    throw new BadRequestException(
      `Authorizer result TTL must be between 0 and ${authorizerTtlMaxSeconds} seconds`,
    );
  }
  if (authorizer.type === 'COGNITO_USER_POOLS') {
    if (!authorizer.providerARNs?.length) throw new BadRequestException('Invalid or missing providerARNs');
  } else if (!authorizer.authorizerUri) {
    throw new BadRequestException('Invalid authorizer URI: none specified');
  }
  if (authorizer.type === 'TOKEN' && !authorizer.identitySource) {
    throw new BadRequestException('Identity source must be specified for TOKEN authorizers');
  }
  if (authorizer.type === 'REQUEST' && ttl !== 0 && !authorizer.identitySource) {
    throw new BadRequestException('Identity sources must be specified when authorization caching is enabled');
  }
  const pattern = authorizer.identityValidationExpression;
  if (pattern && !javaRegex(pattern, true)) {
    throw new BadRequestException('Invalid identity validation expression');
  }
}

async function GetAuthorizer(ctx: Context, input: GetAuthorizerRequest) {
  const id = input.authorizerId ?? '';
  return findPart(ctx.room.store, 'authorizer', ctx, input.restApiId ?? '', id, unknownAuthorizer);
}

async function GetAuthorizers(ctx: Context, input: GetAuthorizersRequest) {
  await findApi(ctx.room.store, ctx, input.restApiId ?? '');
  return pageOf(ctx.room.store, 'authorizer', ctx, input.restApiId ?? '', input);
}

const patchRules: PatchRules<Authorizer> = {
  '/name': rule.text('name'),
  '/authorizerUri': rule.text('authorizerUri'),
  '/authorizerCredentials': rule.text('authorizerCredentials', ['replace', 'remove']),
  '/authorizerResultTtlInSeconds': rule.integer('authorizerResultTtlInSeconds'),
  '/identitySource': rule.text('identitySource', ['add', 'replace', 'remove']),
  '/identityValidationExpression': rule.text('identityValidationExpression', ['replace', 'remove']),
  '/authType': rule.text('authType'),
  '/type': {
    ops: ['replace'],
    apply(authorizer, { value }) {
      authorizer.type = value as Authorizer['type'];
    },
  },
  '/providerARNs': {
    ops: ['add', 'remove'],
    apply(authorizer, { op, value }) {
      const others = (authorizer.providerARNs ?? []).filter((arn) => arn !== value);
      authorizer.providerARNs = op === 'add' ? [...others, value] : others;
    },
  },
};

async function UpdateAuthorizer(ctx: Context, input: UpdateAuthorizerRequest) {
  const apiId = input.restApiId ?? '';
  const id = input.authorizerId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const authorizer = await findPart(tx, 'authorizer', ctx, apiId, id, unknownAuthorizer);
    const updated = patched(authorizer, input.patchOperations, patchRules);
    checkAuthorizer(updated);
    tx.put('authorizer', ctx, apiId, id, updated);
    return updated;
  });
}

async function DeleteAuthorizer(ctx: Context, input: DeleteAuthorizerRequest) {
  const apiId = input.restApiId ?? '';
  const id = input.authorizerId ?? '';
  await ctx.room.store.transact(async (tx) => {
    const authorizer = await findPart(tx, 'authorizer', ctx, apiId, id, unknownAuthorizer);
    for (const resource of await tx.list('resource', ctx, apiId)) {
      for (const method of Object.values(resource.resourceMethods)) {
        if (method.authorizerId === id) {
          throw new ConflictException(
            `Cannot delete authorizer '${authorizer.name}', is referenced in method: ${method.httpMethod} for path ${resource.path}`,
          );
        }
      }
    }
    tx.delete('authorizer', ctx, apiId, id);
  });
}

export const authorizerOperations: Operations = {
  CreateAuthorizer,
  GetAuthorizer,
  GetAuthorizers,
  UpdateAuthorizer,
  DeleteAuthorizer,
};
