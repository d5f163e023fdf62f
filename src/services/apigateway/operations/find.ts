/** Records by id, or the error AWS answers when they aren't there. */
import type { Method, Resource, RestApi, Stage } from '../domain/types.ts';
import { BadRequestException, NotFoundException } from '../errors.ts';
import { pageDefault, pageMax } from '../limits.ts';
import type { ApiReader, Kind, KindOf, Scope } from '../store.ts';

export async function findApi(reader: ApiReader, scope: Scope, apiId: string): Promise<RestApi> {
  const api = await reader.get('api', scope, '', apiId);
  if (api) return api;
  throw new NotFoundException(`Invalid API identifier specified ${scope.account}:${apiId}`);
}

export async function findResource(
  reader: ApiReader,
  scope: Scope,
  apiId: string,
  resourceId: string,
): Promise<Resource> {
  await findApi(reader, scope, apiId);
  const resource = await reader.get('resource', scope, apiId, resourceId);
  if (resource) return resource;
  throw new NotFoundException('Invalid Resource identifier specified');
}

export async function findMethod(
  reader: ApiReader,
  scope: Scope,
  apiId: string,
  resourceId: string,
  httpMethod: string,
): Promise<{ resource: Resource; method: Method }> {
  const resource = await findResource(reader, scope, apiId, resourceId);
  const method = resource.resourceMethods[httpMethod.toUpperCase()];
  if (method) return { resource, method };
  throw new NotFoundException('Invalid Method identifier specified');
}

export async function findStage(
  reader: ApiReader,
  scope: Scope,
  apiId: string,
  stageName: string,
): Promise<Stage> {
  await findApi(reader, scope, apiId);
  const stage = await reader.get('stage', scope, apiId, stageName);
  if (stage) return stage;
  throw new NotFoundException('Invalid stage identifier specified');
}

/** A part of an API (model, validator, …) or an error that says `what` is invalid. */
export async function findPart<K extends Kind>(
  reader: ApiReader,
  kind: K,
  scope: Scope,
  apiId: string,
  id: string,
  what: string,
): Promise<KindOf<K>> {
  await findApi(reader, scope, apiId);
  const part = await reader.get(kind, scope, apiId, id);
  if (part) return part;
  throw new NotFoundException(what);
}

/**
 * A page, as `position` and `limit` ask for it.
 * @throws BadRequestException when `position` is none that we gave.
 */
export async function pageOf<K extends Kind>(
  reader: ApiReader,
  kind: K,
  scope: Scope,
  parent: string,
  input: { limit?: number | undefined; position?: string | undefined },
): Promise<{ items: KindOf<K>[]; position: string | undefined }> {
  const after = input.position === undefined ? undefined : readPosition(input.position);
  const { items, last } = await reader.page(kind, scope, parent, limitOf(input.limit), after);
  return { items, position: last === undefined ? undefined : writePosition(last) };
}

/** "The default value is 25 and the maximum value is 500." */
export function limitOf(limit: number | undefined): number {
  return Math.max(1, Math.min(limit ?? pageDefault, pageMax));
}

export function writePosition(id: string): string {
  return Buffer.from(id).toString('base64url');
}

export function readPosition(position: string): string {
  const id = Buffer.from(position, 'base64url').toString();
  if (id === '' || writePosition(id) !== position) {
    throw new BadRequestException('Invalid position parameter');
  }
  return id;
}

/** Values as the input carries them: `undefined` members gone, so that records hold only what is set. */
export function mapOf<Value>(map: Record<string, Value> | undefined): Record<string, Value> | undefined {
  return map && Object.keys(map).length > 0 ? map : undefined;
}
