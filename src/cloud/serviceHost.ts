/** Loads services at their first use and keeps their rooms; a cloud that serves only DynamoDB pays only for DynamoDB. */
import type { HostedService } from '../edge/index.ts';
import { AwsError } from '../kernel/index.ts';
import type { Jwk, Platform, ResourceType, ServiceEntry, Standing } from '../platform/index.ts';

export class ServiceHost {
  readonly #entries: ReadonlyMap<string, ServiceEntry>;
  readonly #platform: Platform;
  readonly #loaded = new Map<string, HostedService>();
  readonly #loading = new Map<string, Promise<HostedService>>();
  #isClosed = false;

  constructor(entries: readonly ServiceEntry[], platform: Platform) {
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    this.#platform = platform;
  }

  /** Names of all services, loaded or not. */
  get names(): string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  isLoaded(name: string): boolean {
    return this.#loaded.has(name);
  }

  /** Without a promise when it is loaded already: the hot path takes no turn of the event loop. */
  get(name: string): HostedService | Promise<HostedService> {
    return this.#loaded.get(name) ?? this.#load(name);
  }

  /** The CloudFormation resource type of that name, of whichever service owns it. */
  async resourceType(typeName: string): Promise<ResourceType | undefined> {
    for (const entry of this.#entries.values()) {
      if (!entry.resourcePrefixes?.some((prefix) => typeName.startsWith(prefix))) continue;
      const { definition } = await this.get(entry.name);
      const found = definition.resources?.find((resource) => resource.name === typeName);
      if (found) return found;
    }
    return undefined;
  }

  /** The keys of an OpenID issuer that one of the services is; undefined when none is. */
  async issuerKeys(issuer: string): Promise<readonly Jwk[] | undefined> {
    for (const entry of this.#entries.values()) {
      if (!entry.isIssuer?.(issuer)) continue;
      const { definition, room } = await this.get(entry.name);
      return definition.issuerKeys?.(room, issuer);
    }
    return undefined;
  }

  /** How a user of such an issuer stands with it. */
  async issuerStanding(
    issuer: string,
    claims: Readonly<Record<string, unknown>>,
  ): Promise<Standing | undefined> {
    const entry = [...this.#entries.values()].find((one) => one.isIssuer?.(issuer));
    if (!entry) return undefined;
    const { definition, room } = await this.get(entry.name);
    return definition.issuerStanding?.(room, claims);
  }

  async close(): Promise<void> {
    // What is still at work asks for nothing new: a service that is opened now would be nobody's to close.
    this.#isClosed = true;
    await Promise.allSettled(this.#loading.values());
    await Promise.all([...this.#loaded.values()].map(({ definition, room }) => definition.close?.(room)));
    this.#loaded.clear();
  }

  #load(name: string): Promise<HostedService> {
    const underWay = this.#loading.get(name);
    if (underWay) return underWay;
    if (this.#isClosed) {
      return Promise.reject(new AwsError('ServiceUnavailable', 'The cloud is stopping.', { status: 503 }));
    }
    const entry = this.#entries.get(name);
    if (!entry) {
      return Promise.reject(
        new AwsError('NotImplemented', `Brume has no service ${name}. It has: ${this.names.join(', ')}.`, {
          status: 501,
        }),
      );
    }
    const loading = this.#open(entry).finally(() => this.#loading.delete(name));
    this.#loading.set(name, loading);
    return loading;
  }

  async #open(entry: ServiceEntry): Promise<HostedService> {
    const definition = await entry.load();
    const hosted = { entry, definition, room: (await definition.open(this.#platform)) as never };
    this.#loaded.set(entry.name, hosted);
    return hosted;
  }
}
