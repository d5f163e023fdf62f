/** API mappings: which stage a custom domain's paths lead to. Their keys may have several levels. */
import type {
  CreateApiMappingRequest,
  DeleteApiMappingRequest,
  GetApiMappingRequest,
  GetApiMappingsRequest,
  UpdateApiMappingRequest,
} from '@aws-sdk/client-apigatewayv2';
import type { ApiMapping, DomainName } from '../../domain/customDomains.ts';
import { BadRequestException, NotFoundException, TooManyRequestsException } from '../../errors.ts';
import { apiMappingKeyMax } from '../../limits.ts';
import { addMapping, changeDomain, checkTarget, findDomain } from '../../operations/customDomains.ts';
import type { Context, Operations } from '../../room.ts';
import { pageOfList } from './find.ts';

const taken = 'ApiMapping key already exists for this domain name';

function output(mapping: ApiMapping) {
  return {
    ApiMappingId: mapping.id,
    ApiMappingKey: mapping.key,
    ApiId: mapping.apiId,
    Stage: mapping.stage,
  };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html#rest-api-mappings-restrictions */
function checkKey(domain: DomainName, key: string): void {
  if (
    key.length > apiMappingKeyMax ||
    !/^(?:[A-Za-z0-9$\-_.+!*'()]+(?:\/[A-Za-z0-9$\-_.+!*'()]+)*)?$/.test(key)
  ) {
    throw new BadRequestException(
      "ApiMapping key should only contain letters, numbers, and the characters $-_.+!*'()/, with no slash at either end",
    );
  }
  if (!key.includes('/')) return;
  const regional = domain.endpointConfiguration.types.every((type) => type === 'REGIONAL');
  if (!regional || domain.securityPolicy === 'TLS_1_0') {
    throw new BadRequestException(
      'Multi-level API mappings need a regional domain name with the TLS 1.2 security policy',
    );
  }
}

async function CreateApiMapping(ctx: Context, input: CreateApiMappingRequest) {
  const mapping: ApiMapping = {
    id: ctx.room.platform.ids.token(6),
    key: input.ApiMappingKey === '(none)' ? '' : (input.ApiMappingKey ?? ''),
    apiId: input.ApiId ?? '',
    stage: input.Stage,
  };
  return changeDomain(ctx, input.DomainName, undefined, async (domain, tx) => {
    checkKey(domain, mapping.key);
    await checkTarget(tx, ctx, domain, mapping.apiId, mapping.stage, false);
    addMapping(domain, mapping, taken, TooManyRequestsException);
    return output(mapping);
  });
}

function find(domain: DomainName, id: string | undefined): ApiMapping {
  const mapping = domain.mappings.find((entry) => entry.id === id);
  if (mapping) return mapping;
  throw new NotFoundException(`Invalid API mapping identifier specified ${id}`);
}

async function GetApiMapping(ctx: Context, input: GetApiMappingRequest) {
  return output(find(await findDomain(ctx.room.store, ctx, input.DomainName), input.ApiMappingId));
}

async function GetApiMappings(ctx: Context, input: GetApiMappingsRequest) {
  const { mappings } = await findDomain(ctx.room.store, ctx, input.DomainName);
  const { Items, NextToken } = pageOfList(mappings, input);
  return { Items: Items.map(output), NextToken };
}

async function UpdateApiMapping(ctx: Context, input: UpdateApiMappingRequest) {
  return changeDomain(ctx, input.DomainName, undefined, async (domain, tx) => {
    const mapping = find(domain, input.ApiMappingId);
    const updated: ApiMapping = {
      id: mapping.id,
      key: input.ApiMappingKey ?? mapping.key,
      apiId: input.ApiId ?? mapping.apiId,
      stage: input.Stage ?? mapping.stage,
    };
    checkKey(domain, updated.key);
    await checkTarget(tx, ctx, domain, updated.apiId, updated.stage, false);
    domain.mappings = domain.mappings.filter((entry) => entry.id !== mapping.id);
    addMapping(domain, updated, taken, TooManyRequestsException);
    return output(updated);
  });
}

async function DeleteApiMapping(ctx: Context, input: DeleteApiMappingRequest) {
  await changeDomain(ctx, input.DomainName, undefined, (domain) => {
    const mapping = find(domain, input.ApiMappingId);
    domain.mappings = domain.mappings.filter((entry) => entry.id !== mapping.id);
  });
}

export const apiMappingOperations: Operations = {
  CreateApiMapping,
  GetApiMapping,
  GetApiMappings,
  UpdateApiMapping,
  DeleteApiMapping,
};
