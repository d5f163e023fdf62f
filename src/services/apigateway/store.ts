/**
 * Every durable fact of REST and HTTP APIs. Values are JSON.
 *
 *   apigateway.part      [kind, account, region, parent, id]          → Kinds[kind]
 *        parent: '' for what stands alone (APIs, API keys, usage plans), else the API's or plan's id
 *   apigateway.address   [apiId]                                      → Address    ids are unique over all regions
 *   apigateway.snapshot  [apiId, deploymentId]                        → ApiSnapshot | HttpApiSnapshot, never changed
 *   apigateway.keyValue  [account, region, value]                     → { id }     finds an API key by its secret
 *   apigateway.usage     [account, region, planId, keyId, period]     → Usage      period: its first day
 *   apigateway.usageDay  [account, region, planId, keyId, day]        → UsageDay   day: 2026-03-01
 */
import { hostOwners } from '../../platform/index.ts';
import {
  type Codec,
  type Key,
  type Reader,
  recordSet,
  type Store,
  type Transaction,
} from '../../store/index.ts';
import type { DomainName } from './domain/customDomains.ts';
import type {
  ClientCertificate,
  DocumentationPart,
  DocumentationVersion,
  DomainAccess,
  HttpVpcLink,
  VpcLink,
} from './domain/recorded.ts';
import type {
  ApiKey,
  ApiSnapshot,
  Authorizer,
  Deployment,
  GatewayResponse,
  Model,
  RequestValidator,
  Resource,
  RestApi,
  Stage,
  UsagePlan,
} from './domain/types.ts';
import type {
  HttpApi,
  HttpApiSnapshot,
  HttpAuthorizer,
  HttpDeployment,
  HttpIntegration,
  HttpIntegrationResponse,
  HttpModel,
  HttpRoute,
  HttpStage,
  RouteResponse,
} from './v2/domain/types.ts';

export interface Scope {
  readonly account: string;
  readonly region: string;
}

/** Where an API lives, and of which kind it is. */
export interface Address extends Scope {
  kind: 'rest' | 'http' | 'websocket';
}

/** Of one period of a plan's quota. */
export interface Usage {
  used: number;
  /** What UpdateUsage granted over the quota, for this period alone. */
  granted?: number | undefined;
}

/** Of one day: requests, and what was left of the quota when it ended. */
export interface UsageDay {
  used: number;
  remaining: number;
}

interface Kinds {
  api: RestApi;
  resource: Resource;
  model: Model;
  validator: RequestValidator;
  authorizer: Authorizer;
  gatewayResponse: GatewayResponse;
  deployment: Deployment;
  stage: Stage;
  apiKey: ApiKey;
  usagePlan: UsagePlan;
  /** Parent: the plan's id; id: the key's. */
  usagePlanKey: { id: string; type: string };
  /** Parent and id are empty. */
  account: { cloudwatchRoleArn?: string | undefined };
  httpApi: HttpApi;
  httpRoute: HttpRoute;
  httpIntegration: HttpIntegration;
  httpAuthorizer: HttpAuthorizer;
  httpDeployment: HttpDeployment;
  httpStage: HttpStage;
  routeResponse: RouteResponse;
  httpIntegrationResponse: HttpIntegrationResponse;
  httpModel: HttpModel;
  documentationPart: DocumentationPart;
  documentationVersion: DocumentationVersion;
  /** Id: `domainKey`. */
  domain: DomainName;
  domainAccess: DomainAccess;
  clientCertificate: ClientCertificate;
  vpcLink: VpcLink;
  httpVpcLink: HttpVpcLink;
}

export type Kind = keyof Kinds;
export type KindOf<K extends Kind> = Kinds[K];

const childKinds: readonly Kind[] = [
  'resource',
  'model',
  'validator',
  'authorizer',
  'gatewayResponse',
  'documentationPart',
  'documentationVersion',
  'deployment',
  'stage',
  'httpRoute',
  'httpIntegration',
  'httpAuthorizer',
  'httpDeployment',
  'httpStage',
  'routeResponse',
  'httpIntegrationResponse',
  'httpModel',
];

/** Texts, so that equal records are equal bytes and a compiled stage can be told from a changed one. */
function json<Value>(): Codec<Value> {
  return {
    encode: (value) => Buffer.from(JSON.stringify(value)),
    decode: (bytes) =>
      JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as Value,
  };
}

const parts = recordSet<[kind: string, account: string, region: string, parent: string, id: string], unknown>(
  'apigateway.part',
  json(),
);
const addresses = recordSet<[apiId: string], Address>('apigateway.address', json());
const snapshots = recordSet<[apiId: string, deploymentId: string], unknown>('apigateway.snapshot', json());
const keyValues = recordSet<[account: string, region: string, value: string], { id: string }>(
  'apigateway.keyValue',
  json(),
);
const usages = recordSet<
  [account: string, region: string, planId: string, keyId: string, period: string],
  Usage
>('apigateway.usage', json());
const usageDays = recordSet<
  [account: string, region: string, planId: string, keyId: string, day: string],
  UsageDay
>('apigateway.usageDay', json());

/** Entries read at once while a whole collection is wanted; collections are bounded by the quotas in limits.ts. */
const batch = 1000;

export class ApiReader {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  async get<K extends Kind>(
    kind: K,
    scope: Scope,
    parent: string,
    id: string,
  ): Promise<Kinds[K] | undefined> {
    const found = await parts.get(this.#reader, kind, scope.account, scope.region, parent, id);
    return found as Kinds[K] | undefined;
  }

  /** All of a collection, in the order of their ids. */
  async list<K extends Kind>(kind: K, scope: Scope, parent: string): Promise<Kinds[K][]> {
    const values: Kinds[K][] = [];
    let after: string | undefined;
    do {
      const { items, last } = await this.page(kind, scope, parent, batch, after);
      values.push(...items);
      after = last;
    } while (after !== undefined);
    return values;
  }

  /** A page of a collection. @param after the id that the last page ended with. */
  async page<K extends Kind>(
    kind: K,
    scope: Scope,
    parent: string,
    limit: number,
    after: string | undefined,
  ): Promise<{ items: Kinds[K][]; last: string | undefined }> {
    const under = [kind, scope.account, scope.region, parent];
    const bound = after === undefined ? {} : { gt: [...under, after] };
    const entries = await parts.range(this.#reader, { under, limit: limit + 1, ...bound });
    const shown = entries.slice(0, limit);
    return {
      items: shown.map((entry) => entry.value as Kinds[K]),
      last: entries.length > limit ? shown.at(-1)?.key[4] : undefined,
    };
  }

  address(apiId: string): Promise<Address | undefined> {
    return addresses.get(this.#reader, apiId);
  }

  async snapshot(apiId: string, deploymentId: string): Promise<ApiSnapshot | undefined> {
    return (await snapshots.get(this.#reader, apiId, deploymentId)) as ApiSnapshot | undefined;
  }

  async httpSnapshot(apiId: string, deploymentId: string): Promise<HttpApiSnapshot | undefined> {
    return (await snapshots.get(this.#reader, apiId, deploymentId)) as HttpApiSnapshot | undefined;
  }

  async apiKeyByValue(scope: Scope, value: string): Promise<ApiKey | undefined> {
    const found = await keyValues.get(this.#reader, scope.account, scope.region, value);
    return found && this.get('apiKey', scope, '', found.id);
  }

  async usage(scope: Scope, planId: string, keyId: string, period: string): Promise<Usage> {
    const found = await usages.get(this.#reader, scope.account, scope.region, planId, keyId, period);
    return found ?? { used: 0 };
  }

  usageDay(scope: Scope, planId: string, keyId: string, day: string): Promise<UsageDay | undefined> {
    return usageDays.get(this.#reader, scope.account, scope.region, planId, keyId, day);
  }

  /** Days with requests, from the first to the last, which may be `limit` days apart. */
  async usageDays(
    scope: Scope,
    planId: string,
    keyId: string,
    from: string,
    to: string,
    limit: number,
  ): Promise<Map<string, UsageDay>> {
    const under = [scope.account, scope.region, planId, keyId];
    const range = { under, gte: [...under, from], lte: [...under, to], limit };
    const entries = await usageDays.range(this.#reader, range);
    return new Map(entries.map((entry) => [entry.key[4], entry.value]));
  }

  /** The encoded record: two equal ones are the same state, so that what was compiled from it can be kept. */
  bytes(kind: Kind, scope: Scope, parent: string, id: string): Promise<Uint8Array | undefined> {
    const key: Key = parts.key(kind, scope.account, scope.region, parent, id);
    return this.#reader.get(key);
  }
}

export class ApiWriter extends ApiReader {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    super(tx);
    this.#tx = tx;
  }

  put<K extends Kind>(kind: K, scope: Scope, parent: string, id: string, value: Kinds[K]): void {
    parts.put(this.#tx, [kind, scope.account, scope.region, parent, id], value);
  }

  delete(kind: Kind, scope: Scope, parent: string, id: string): void {
    parts.delete(this.#tx, kind, scope.account, scope.region, parent, id);
  }

  deleteAll(kind: Kind, scope: Scope, parent: string): void {
    parts.deleteUnder(this.#tx, kind, scope.account, scope.region, parent);
  }

  /** Everything of an API but its own record. */
  deleteChildren(scope: Scope, apiId: string): void {
    for (const kind of childKinds) this.deleteAll(kind, scope, apiId);
    snapshots.deleteUnder(this.#tx, apiId);
    addresses.delete(this.#tx, apiId);
  }

  /** Has the edge hand requests with this Host header to the data plane. `false`: another account has it here. */
  async claimHost(scope: Scope, host: string): Promise<boolean> {
    if (await hostOwners.exists(this.#tx, host, scope.region)) return false;
    const params = { domain: host, account: scope.account, region: scope.region };
    hostOwners.put(this.#tx, host, scope.region, { service: 'apigateway', endpoint: 'execute-api', params });
    return true;
  }

  releaseHost(scope: Scope, host: string): void {
    hostOwners.delete(this.#tx, host, scope.region);
  }

  putAddress(apiId: string, address: Address): void {
    addresses.put(this.#tx, [apiId], address);
  }

  putSnapshot(apiId: string, deploymentId: string, snapshot: ApiSnapshot | HttpApiSnapshot): void {
    snapshots.put(this.#tx, [apiId, deploymentId], snapshot);
  }

  deleteSnapshot(apiId: string, deploymentId: string): void {
    snapshots.delete(this.#tx, apiId, deploymentId);
  }

  putKeyValue(scope: Scope, value: string, id: string): void {
    keyValues.put(this.#tx, [scope.account, scope.region, value], { id });
  }

  deleteKeyValue(scope: Scope, value: string): void {
    keyValues.delete(this.#tx, scope.account, scope.region, value);
  }

  putUsage(scope: Scope, planId: string, keyId: string, period: string, usage: Usage): void {
    usages.put(this.#tx, [scope.account, scope.region, planId, keyId, period], usage);
  }

  putUsageDay(scope: Scope, planId: string, keyId: string, day: string, usage: UsageDay): void {
    usageDays.put(this.#tx, [scope.account, scope.region, planId, keyId, day], usage);
  }

  deleteUsage({ account, region }: Scope, planId: string, keyId?: string): void {
    for (const set of [usages, usageDays]) {
      if (keyId === undefined) set.deleteUnder(this.#tx, account, region, planId);
      else set.deleteUnder(this.#tx, account, region, planId, keyId);
    }
  }
}

export class ApiStore extends ApiReader {
  readonly #store: Store;

  constructor(store: Store) {
    super(store);
    this.#store = store;
  }

  transact<T>(body: (tx: ApiWriter) => Promise<T>): Promise<T> {
    return this.#store.transact((tx) => body(new ApiWriter(tx)));
  }
}
