/** Records of HTTP APIs by id, or the error AWS answers when they aren't there. */
import { BadRequestException, NotFoundException, TooManyRequestsException } from '../../errors.ts';
import { readPosition, writePosition } from '../../operations/find.ts';
import type { ApiReader, Kind, KindOf, Scope } from '../../store.ts';
import type { HttpApi } from '../domain/types.ts';

export async function findHttpApi(reader: ApiReader, scope: Scope, apiId: string): Promise<HttpApi> {
  const api = await reader.get('httpApi', scope, '', apiId);
  if (api) return api;
  throw new NotFoundException(`Invalid API identifier specified ${scope.account}:${apiId}`);
}

/** For what HTTP APIs don't have: models, route responses, integration responses. */
export async function requireWebSocket(reader: ApiReader, scope: Scope, apiId: string): Promise<HttpApi> {
  const api = await findHttpApi(reader, scope, apiId);
  if (api.ProtocolType === 'WEBSOCKET') return api;
  throw new BadRequestException('This operation is supported for protocol type WEBSOCKET only');
}

/** A part of an API. @param what its name in the error: `Invalid {what} identifier specified {id}`. */
export async function findHttpPart<K extends Kind>(
  reader: ApiReader,
  kind: K,
  scope: Scope,
  apiId: string,
  id: string,
  what: string,
): Promise<KindOf<K>> {
  await findHttpApi(reader, scope, apiId);
  const part = await reader.get(kind, scope, apiId, id);
  if (part) return part;
  throw new NotFoundException(`Invalid ${what} identifier specified ${id}`);
}

const pageDefault = 100;
const pageMax = 1000;

export async function httpPage<K extends Kind>(
  reader: ApiReader,
  kind: K,
  scope: Scope,
  parent: string,
  input: { MaxResults?: string | undefined; NextToken?: string | undefined },
): Promise<{ Items: KindOf<K>[]; NextToken: string | undefined }> {
  const after = input.NextToken === undefined ? undefined : readPosition(input.NextToken);
  const { items, last } = await reader.page(kind, scope, parent, limitOf(input.MaxResults), after);
  return { Items: items, NextToken: last === undefined ? undefined : writePosition(last) };
}

function limitOf(maxResults: string | undefined): number {
  const limit = maxResults === undefined ? pageDefault : Number(maxResults);
  if (!Number.isInteger(limit) || limit < 1) throw new BadRequestException('Invalid MaxResults');
  return Math.min(limit, pageMax);
}

/** A page of what a record holds as a list. */
export function pageOfList<T extends { id: string }>(
  list: readonly T[],
  input: { MaxResults?: string | undefined; NextToken?: string | undefined },
): { Items: T[]; NextToken: string | undefined } {
  const limit = limitOf(input.MaxResults);
  const after = input.NextToken === undefined ? undefined : readPosition(input.NextToken);
  const start = after === undefined ? 0 : list.findIndex(({ id }) => id === after) + 1;
  const Items = list.slice(start, start + limit);
  const last = Items.at(-1);
  const more = last !== undefined && start + Items.length < list.length;
  return { Items, NextToken: more ? writePosition(last.id) : undefined };
}

/** @throws TooManyRequestsException when a collection is full. @param what of it there are too many. */
export async function checkQuota(
  reader: ApiReader,
  kind: Kind,
  scope: Scope,
  parent: string,
  max: number,
  what: string,
): Promise<void> {
  if ((await reader.list(kind, scope, parent)).length >= max) {
    throw new TooManyRequestsException(`Maximum number of ${what} has been reached`);
  }
}

/** What an update changes: the members that the input carries, path members aside. */
export function changesOf<T extends object>(input: T, without: readonly (keyof T)[]): Partial<T> {
  const changes = Object.entries(input).filter(
    ([name, value]) => value !== undefined && !without.includes(name as keyof T),
  );
  return Object.fromEntries(changes) as Partial<T>;
}
