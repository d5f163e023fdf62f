/** Records of HTTP APIs by id, or the error AWS answers when they aren't there. */
import { BadRequestException, NotFoundException } from '../../errors.ts';
import { readPosition, writePosition } from '../../operations/find.ts';
import type { ApiReader, Kind, KindOf, Scope } from '../../store.ts';
import type { HttpApi } from '../domain/types.ts';

export async function findHttpApi(reader: ApiReader, scope: Scope, apiId: string): Promise<HttpApi> {
  const api = await reader.get('httpApi', scope, '', apiId);
  if (api) return api;
  throw new NotFoundException(`Invalid API identifier specified ${scope.account}:${apiId}`);
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
  const limit = input.MaxResults === undefined ? pageDefault : Number(input.MaxResults);
  if (!Number.isInteger(limit) || limit < 1) throw new BadRequestException('Invalid MaxResults');
  const after = input.NextToken === undefined ? undefined : readPosition(input.NextToken);
  const { items, last } = await reader.page(kind, scope, parent, Math.min(limit, pageMax), after);
  return { Items: items, NextToken: last === undefined ? undefined : writePosition(last) };
}

/** What an update changes: the members that the input carries, path members aside. */
export function changesOf<T extends object>(input: T, without: readonly (keyof T)[]): Partial<T> {
  const changes = Object.entries(input).filter(
    ([name, value]) => value !== undefined && !without.includes(name as keyof T),
  );
  return Object.fromEntries(changes) as Partial<T>;
}
