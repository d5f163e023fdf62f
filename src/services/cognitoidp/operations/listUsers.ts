/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html */
import { userFilter } from '../domain/userFilter.ts';
import { InvalidParameterException } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Context, poolOf } from '../room.ts';
import { records, type User } from '../store.ts';
import { userKey } from '../users.ts';
import { describe } from './adminUsers.ts';
import { readPlace, writePlace } from './paging.ts';

interface ListUsersInput {
  UserPoolId: string;
  AttributesToGet?: string[];
  Limit?: number;
  PaginationToken?: string;
  Filter?: string;
}

/** Users that are read at a time while looking for those that fit. */
const chunk = 200;

export async function ListUsers(ctx: Context, input: ListUsersInput) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const fits = userFilter(input.Filter);
  const wanted = input.AttributesToGet ?? [];
  const known = new Set(pool.schema.map(({ Name }) => Name));
  if (wanted.some((name) => !known.has(name))) throw missing();
  const size = input.Limit || limits.pageMax;
  const found: User[] = [];
  let last = readPlace(input.PaginationToken);
  for (let more = true; more && found.length <= size; ) {
    const users = await records.users.values(ctx.room.store, {
      under: [pool.id],
      ...(last === undefined ? {} : { gt: [pool.id, last] }),
      limit: chunk,
    });
    for (const user of users) if (fits(user)) found.push(user);
    const end = users.at(-1);
    if (end) last = userKey(pool, end.username);
    more = users.length === chunk;
  }
  const shown = found.slice(0, size);
  // "Amazon Cognito returns an error if not all users in the results have set a value for the attribute you request."
  const has = ({ attributes }: User, name: string) => name === 'sub' || Boolean(attributes[name]);
  if (wanted.some((name) => shown.some((user) => !has(user, name)))) throw missing();
  const end = shown.at(-1);
  return {
    Users: shown.map((user) => describe(user, input.AttributesToGet)),
    ...(found.length > size && end ? { PaginationToken: writePlace(userKey(pool, end.username)) } : {}),
  };
}

const missing = () => new InvalidParameterException('One or more requested attributes do not exist.');
