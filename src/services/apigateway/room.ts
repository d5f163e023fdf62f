/** What both services of this folder (REST APIs, HTTP APIs) and their data plane are built from. */
import type { Operation, OperationContext, Platform } from '../../platform/index.ts';
import { AuthorizationCache } from './domain/authorizationCache.ts';
import { ResponseCache } from './domain/responseCache.ts';
import { TokenBuckets } from './domain/tokenBucket.ts';
import { ServedDomains } from './endpoints/customDomains.ts';
import { ServedStages } from './endpoints/served.ts';
import { ApiStore } from './store.ts';

export interface Room {
  readonly platform: Platform;
  readonly store: ApiStore;
  readonly authorizations: AuthorizationCache;
  /** Answers in the caches of stages. */
  readonly responses: ResponseCache;
  readonly buckets: TokenBuckets;
  readonly served: ServedStages;
  readonly domains: ServedDomains;
}

export type Context = OperationContext<Room>;
export type Operations = Readonly<Record<string, Operation<Room>>>;

// REST and HTTP APIs are two services over one set of records; a platform has one room for both.
const rooms = new WeakMap<Platform, Room>();

export function openRoom(platform: Platform): Room {
  const known = rooms.get(platform);
  if (known) return known;
  const store = new ApiStore(platform.store);
  const room: Room = {
    platform,
    store,
    authorizations: new AuthorizationCache(),
    responses: new ResponseCache(),
    buckets: new TokenBuckets(),
    served: new ServedStages(store),
    domains: new ServedDomains(store),
  };
  rooms.set(platform, room);
  return room;
}
