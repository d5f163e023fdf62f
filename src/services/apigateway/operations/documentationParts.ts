/** Documentation parts: what people are told of an API, place by place. */
import type {
  CreateDocumentationPartRequest,
  DeleteDocumentationPartRequest,
  GetDocumentationPartRequest,
  GetDocumentationPartsRequest,
  ImportDocumentationPartsRequest,
  UpdateDocumentationPartRequest,
} from '@aws-sdk/client-api-gateway';
import { isObject, readDocument } from '../domain/openapi/document.ts';
import {
  type ImportedPart,
  locationKey,
  readDocumentation,
  readLocation,
  readProperties,
} from '../domain/openapi/documentation.ts';
import { type PatchRules, patched } from '../domain/patch.ts';
import type { DocumentationLocation, DocumentationPart } from '../domain/recorded.ts';
import type { Resource } from '../domain/types.ts';
import { BadRequestException, ConflictException, LimitExceededException } from '../errors.ts';
import { documentationPartsPerApi } from '../limits.ts';
import type { Context, Operations } from '../room.ts';
import type { ApiWriter } from '../store.ts';
import { findApi, findPart, limitOf, readPosition, writePosition } from './find.ts';

const unknownPart = 'Invalid Documentation part identifier specified';

async function CreateDocumentationPart(ctx: Context, input: CreateDocumentationPartRequest) {
  const apiId = input.restApiId ?? '';
  const part: DocumentationPart = {
    id: ctx.room.platform.ids.token(6),
    location: readLocation(input.location),
    properties: readProperties(input.properties ?? ''),
  };
  return ctx.room.store.transact(async (tx) => {
    await findApi(tx, ctx, apiId);
    const others = await tx.list('documentationPart', ctx, apiId);
    if (others.length >= documentationPartsPerApi) {
      throw new LimitExceededException('Maximum number of documentation parts for this API has been reached');
    }
    if (others.some((other) => locationKey(other.location) === locationKey(part.location))) {
      throw new ConflictException('Documentation part already exists for the specified location');
    }
    tx.put('documentationPart', ctx, apiId, part.id, part);
    return part;
  });
}

async function GetDocumentationPart(ctx: Context, input: GetDocumentationPartRequest) {
  const id = input.documentationPartId ?? '';
  return findPart(ctx.room.store, 'documentationPart', ctx, input.restApiId ?? '', id, unknownPart);
}

async function GetDocumentationParts(ctx: Context, input: GetDocumentationPartsRequest) {
  const { store } = ctx.room;
  const apiId = input.restApiId ?? '';
  await findApi(store, ctx, apiId);
  const parts = await store.list('documentationPart', ctx, apiId);
  const wanted =
    input.locationStatus === 'UNDOCUMENTED'
      ? undocumented(await store.list('resource', ctx, apiId), parts)
      : parts;
  const found = wanted.filter(
    ({ location }) =>
      (input.type === undefined || location.type === input.type) &&
      (input.path === undefined || location.path === input.path) &&
      (input.nameQuery === undefined || location.name?.includes(input.nameQuery)),
  );
  const start = input.position === undefined ? 0 : Number(readPosition(input.position));
  const end = start + limitOf(input.limit);
  return {
    items: found.slice(start, end),
    position: end < found.length ? writePosition(String(end)) : undefined,
  };
}

/** Places of the API that nobody has documented: they have neither id nor properties. */
function undocumented(resources: readonly Resource[], parts: readonly DocumentationPart[]) {
  const places: DocumentationLocation[] = [{ type: 'API' }];
  for (const { path, resourceMethods } of resources) {
    places.push({ type: 'RESOURCE', path });
    for (const method of Object.values(resourceMethods)) {
      const at = { path, method: method.httpMethod };
      places.push({ type: 'METHOD', ...at });
      for (const statusCode of Object.keys(method.methodResponses ?? {})) {
        places.push({ type: 'RESPONSE', ...at, statusCode });
      }
    }
  }
  const known = new Set(parts.map(({ location }) => locationKey(location)));
  return places
    .filter((location) => !known.has(locationKey(location)))
    .map((location) => ({ location, id: undefined, properties: undefined }));
}

const patchRules: PatchRules<DocumentationPart> = {
  '/properties': {
    ops: ['replace'],
    apply(part, { value }) {
      part.properties = readProperties(value);
    },
  },
};

async function UpdateDocumentationPart(ctx: Context, input: UpdateDocumentationPartRequest) {
  const apiId = input.restApiId ?? '';
  const id = input.documentationPartId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const part = await findPart(tx, 'documentationPart', ctx, apiId, id, unknownPart);
    const updated = patched(part, input.patchOperations, patchRules);
    tx.put('documentationPart', ctx, apiId, id, updated);
    return updated;
  });
}

async function DeleteDocumentationPart(ctx: Context, input: DeleteDocumentationPartRequest) {
  const apiId = input.restApiId ?? '';
  const id = input.documentationPartId ?? '';
  await ctx.room.store.transact(async (tx) => {
    await findPart(tx, 'documentationPart', ctx, apiId, id, unknownPart);
    tx.delete('documentationPart', ctx, apiId, id);
  });
}

async function ImportDocumentationParts(ctx: Context, input: ImportDocumentationPartsRequest) {
  const apiId = input.restApiId ?? '';
  const { root } = readDocument(input.body ?? new Uint8Array());
  if (!isObject(root['x-amazon-apigateway-documentation'])) {
    throw new BadRequestException('The document has no x-amazon-apigateway-documentation');
  }
  const parts = readDocumentation(root, (path) => path);
  return ctx.room.store.transact(async (tx) => {
    await findApi(tx, ctx, apiId);
    const merge = input.mode !== 'overwrite';
    if (!merge) tx.deleteAll('documentationPart', ctx, apiId);
    return { ids: await writeDocumentation(ctx, tx, apiId, parts, merge) };
  });
}

/** Writes parts; one for a place that has one already takes its place. @returns their ids. */
export async function writeDocumentation(
  ctx: Context,
  tx: ApiWriter,
  apiId: string,
  parts: readonly ImportedPart[],
  merge: boolean,
): Promise<string[]> {
  const known = merge ? await tx.list('documentationPart', ctx, apiId) : [];
  const ids = new Map(known.map(({ id, location }) => [locationKey(location), id]));
  const written = new Set<string>();
  for (const part of parts) {
    const key = locationKey(part.location);
    const id = ids.get(key) ?? ctx.room.platform.ids.token(6);
    ids.set(key, id);
    written.add(id);
    tx.put('documentationPart', ctx, apiId, id, { id, ...part });
  }
  if (ids.size > documentationPartsPerApi) {
    throw new LimitExceededException('Maximum number of documentation parts for this API has been reached');
  }
  return [...written];
}

export const documentationPartOperations: Operations = {
  CreateDocumentationPart,
  GetDocumentationPart,
  GetDocumentationParts,
  UpdateDocumentationPart,
  DeleteDocumentationPart,
  ImportDocumentationParts,
};
