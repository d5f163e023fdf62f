/** Which API a custom domain's paths lead to, as REST APIs name it. */
import type {
  CreateBasePathMappingRequest,
  DeleteBasePathMappingRequest,
  GetBasePathMappingRequest,
  GetBasePathMappingsRequest,
  UpdateBasePathMappingRequest,
} from '@aws-sdk/client-api-gateway';
import type { ApiMapping, DomainName } from '../domain/customDomains.ts';
import { type PatchRules, patched } from '../domain/patch.ts';
import { BadRequestException, LimitExceededException, NotFoundException } from '../errors.ts';
import type { Context, Operations } from '../room.ts';
import { addMapping, changeDomain, checkTarget, findDomain } from './customDomains.ts';
import { limitOf, readPosition, writePosition } from './find.ts';

/** "(none)" for what has no base path, or no stage. */
const none = '(none)';
const taken = 'Base path already exists for this domain name';

function readBasePath(value: string | undefined): string {
  const basePath = value === undefined || value === none ? '' : value;
  if (basePath.includes('/')) {
    throw new BadRequestException(
      "API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path mapping, use API Gateway V2.",
    );
  }
  if (!/^[A-Za-z0-9$\-_.+!*'()]*$/.test(basePath)) {
    throw new BadRequestException("Base path only allows letters, numbers, and the characters $-_.+!*'()");
  }
  return basePath;
}

const readStage = (value: string | undefined) =>
  value === undefined || value === '' || value === none ? undefined : value;

function output(mapping: ApiMapping) {
  return {
    basePath: mapping.key === '' ? none : mapping.key,
    restApiId: mapping.apiId,
    stage: mapping.stage,
  };
}

function findMapping(domain: DomainName, basePath: string | undefined): ApiMapping {
  const key = basePath === none ? '' : (basePath ?? '');
  const mapping = domain.mappings.find((entry) => entry.key === key);
  if (mapping) return mapping;
  throw new NotFoundException('Invalid base path mapping identifier specified');
}

async function CreateBasePathMapping(ctx: Context, input: CreateBasePathMappingRequest) {
  const mapping: ApiMapping = {
    id: ctx.room.platform.ids.token(6),
    key: readBasePath(input.basePath),
    apiId: input.restApiId ?? '',
    stage: readStage(input.stage),
  };
  return changeDomain(ctx, input.domainName, input.domainNameId, async (domain, tx) => {
    await checkTarget(tx, ctx, domain, mapping.apiId, mapping.stage, true);
    addMapping(domain, mapping, taken, LimitExceededException);
    return output(mapping);
  });
}

async function GetBasePathMapping(ctx: Context, input: GetBasePathMappingRequest) {
  const domain = await findDomain(ctx.room.store, ctx, input.domainName, input.domainNameId);
  return output(findMapping(domain, input.basePath));
}

async function GetBasePathMappings(ctx: Context, input: GetBasePathMappingsRequest) {
  const { mappings } = await findDomain(ctx.room.store, ctx, input.domainName, input.domainNameId);
  const after = input.position === undefined ? undefined : readPosition(input.position);
  const start = after === undefined ? 0 : mappings.findIndex((mapping) => mapping.id === after) + 1;
  const shown = mappings.slice(start, start + limitOf(input.limit));
  const last = shown.at(-1);
  const more = last !== undefined && start + shown.length < mappings.length;
  return { items: shown.map(output), position: more ? writePosition(last.id) : undefined };
}

const patchRules: PatchRules<ApiMapping> = {
  '/basePath': {
    ops: ['replace'],
    apply(mapping, { value }) {
      mapping.key = readBasePath(value);
    },
  },
  '/basepath': {
    ops: ['replace'],
    apply(mapping, { value }) {
      mapping.key = readBasePath(value);
    },
  },
  '/restapiId': {
    ops: ['replace'],
    apply(mapping, { value }) {
      mapping.apiId = value;
    },
  },
  '/restApiId': {
    ops: ['replace'],
    apply(mapping, { value }) {
      mapping.apiId = value;
    },
  },
  '/stage': {
    ops: ['replace'],
    apply(mapping, { value }) {
      mapping.stage = readStage(value);
    },
  },
};

async function UpdateBasePathMapping(ctx: Context, input: UpdateBasePathMappingRequest) {
  return changeDomain(ctx, input.domainName, input.domainNameId, async (domain, tx) => {
    const mapping = findMapping(domain, input.basePath);
    const updated = patched(mapping, input.patchOperations, patchRules);
    await checkTarget(tx, ctx, domain, updated.apiId, updated.stage, true);
    domain.mappings = domain.mappings.filter((entry) => entry.id !== mapping.id);
    addMapping(domain, updated, taken, LimitExceededException);
    return output(updated);
  });
}

async function DeleteBasePathMapping(ctx: Context, input: DeleteBasePathMappingRequest) {
  await changeDomain(ctx, input.domainName, input.domainNameId, (domain) => {
    const mapping = findMapping(domain, input.basePath);
    domain.mappings = domain.mappings.filter((entry) => entry.id !== mapping.id);
  });
}

export const basePathMappingOperations: Operations = {
  CreateBasePathMapping,
  GetBasePathMapping,
  GetBasePathMappings,
  UpdateBasePathMapping,
  DeleteBasePathMapping,
};
