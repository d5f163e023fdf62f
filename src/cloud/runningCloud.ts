/** A cloud from start to stop. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { peerOf } from '../compute/index.ts';
import { createFront, EdgeServer, selfSignedCertificate } from '../edge/index.ts';
import { AwsError, type HttpRequest, type HttpResponse, RandomIds, VirtualClock } from '../kernel/index.ts';
import {
  type CloudConfig,
  cognitoConfig,
  dynamoDbConfig,
  type IamModes,
  lambdaConfig,
  type Principal,
} from '../platform/index.ts';
import {
  FolderLocked,
  loadSnapshot,
  NotASnapshot,
  type OpenedStore,
  openStore,
  saveSnapshot,
  UnknownFormat,
} from '../store/index.ts';
import { type KeyedVault, openVault } from '../store/vault.ts';
import { LocalTelemetry } from '../telemetry/index.ts';
import { controlRoutes } from './control.ts';
import type { Observer } from './observations/observer.ts';
import { CannotStart, isLoopback, type ResolvedOptions } from './options.ts';
import { Region } from './region.ts';
import { version } from './version.ts';

export class RunningCloud {
  readonly clock: VirtualClock;
  readonly telemetry: LocalTelemetry;
  /** Resolves when the cloud has stopped. */
  readonly closed: Promise<void>;
  readonly #options: ResolvedOptions;
  readonly #startedAt: number;
  #opened!: OpenedStore;
  #vault!: KeyedVault;
  #region!: Region;
  #config!: CloudConfig;
  #server!: EdgeServer;
  #answer: (request: HttpRequest) => Promise<HttpResponse> = pausing;
  #front: (request: HttpRequest) => Promise<HttpResponse> = pausing;
  #closing: Promise<void> | undefined;
  #markClosed: () => void = () => {};

  private constructor(options: ResolvedOptions) {
    this.#options = options;
    this.clock = new VirtualClock(options.startAt);
    this.#startedAt = this.clock.now();
    this.telemetry = new LocalTelemetry({
      clock: this.clock,
      write: options.log?.write ?? ((line) => process.stderr.write(line)),
      format: options.log?.format ?? 'json',
      level: options.log?.level ?? 'warn',
    });
    this.closed = new Promise((resolve) => {
      this.#markClosed = resolve;
    });
  }

  /** @throws CannotStart: port taken, data folder locked or of a newer version. */
  static async start(options: ResolvedOptions): Promise<RunningCloud> {
    const cloud = new RunningCloud(options);
    await cloud.#open();
    try {
      await cloud.#listen();
      cloud.#live();
      await cloud.#region.resume();
    } catch (error) {
      await cloud.close();
      throw error;
    }
    return cloud;
  }

  get config(): CloudConfig {
    return this.#config;
  }

  /** What policies decide, by account. */
  get modes(): IamModes {
    return this.#region.modes;
  }

  /** What principals were seen to do. */
  get observations(): Observer {
    return this.#region.observations;
  }

  get endpoint(): string {
    return this.#config.endpoint;
  }

  /** In-process client, as the root user of the default account unless told otherwise. */
  aws(as: { account: string; region: string; principal: Principal }) {
    return this.#region.core.aws(as);
  }

  health() {
    const { host } = this.#region;
    return {
      status: 'running',
      version: version(),
      endpoint: this.endpoint,
      pid: process.pid,
      uptimeMs: this.clock.now() - this.#startedAt,
      iam: this.#config.iam,
      data: this.#options.data ?? 'ephemeral',
      services: Object.fromEntries(
        host.names.map((name) => [name, host.isLoaded(name) ? 'running' : 'available']),
      ),
    };
  }

  /** A page of a service, for the control plane. @throws AwsError 404 when there is none of that name. */
  async page(service: string, name: string, query: URLSearchParams): Promise<unknown> {
    const { host } = this.#region;
    const hosted = host.has(service) ? await host.get(service) : undefined;
    const pages = hosted?.definition.pages ?? {};
    const page = Object.hasOwn(pages, name) ? pages[name] : undefined;
    if (!hosted || !page) {
      throw new AwsError('NotFound', `${service} has no page ${name}.`, { status: 404 });
    }
    return page(hosted.room, query);
  }

  /** An action of a service, for the control plane. @throws AwsError 404 when there is none of that name. */
  async act(service: string, name: string, query: URLSearchParams): Promise<unknown> {
    const { host } = this.#region;
    const hosted = host.has(service) ? await host.get(service) : undefined;
    const actions = hosted?.definition.actions ?? {};
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (!hosted || !action) {
      throw new AwsError('NotFound', `${service} has no action ${name}.`, { status: 404 });
    }
    return action(hosted.room, query);
  }

  clockState() {
    return { now: new Date(this.clock.now()).toISOString(), epochMs: this.clock.now() };
  }

  /** Waits until nothing is due and nothing is running, and until all telemetry has arrived. */
  async settled(): Promise<void> {
    await this.#region.tasks.idle();
    await this.telemetry.flush();
  }

  /** Empties the cloud: every resource of every account and region. */
  async reset(): Promise<void> {
    await this.#replaceRegion(() => this.#opened.clear());
    this.telemetry.clear();
  }

  async saveSnapshot(file: string): Promise<void> {
    await saveSnapshot(this.#opened, file, { brumeVersion: version(), vaultKeys: this.#vault.keys });
  }

  /** Replaces everything the cloud holds. @throws AwsError 400 when the file isn't a snapshot this version can read. */
  async loadSnapshot(file: string): Promise<void> {
    await this.#replaceRegion(async () => {
      try {
        await loadSnapshot(this.#opened, file, (keys) => this.#vault.admit(keys));
      } catch (error) {
        if (error instanceof NotASnapshot || error instanceof UnknownFormat)
          throw new AwsError('InvalidSnapshot', error.message, { status: 400 });
        throw error;
      }
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #open(): Promise<void> {
    const { data } = this.#options;
    try {
      this.#opened = await openStore({
        ...(data === undefined ? { ephemeral: true } : { folder: data }),
        brumeVersion: version(),
        onError: (error) =>
          this.telemetry.log('error', 'Work of the store in the background failed', { error }),
      });
    } catch (error) {
      if (error instanceof FolderLocked || error instanceof UnknownFormat)
        throw new CannotStart(error.message, { cause: error });
      throw error;
    }
  }

  async #listen(): Promise<void> {
    const { host, port, tls } = this.#options;
    const filesFolder = join(this.#opened.folder, 'files');
    mkdirSync(filesFolder, { recursive: true, mode: 0o700 });
    const folder = this.#options.data === undefined ? undefined : filesFolder;
    this.#vault = openVault({ folder, ids: new RandomIds() });
    this.#server = new EdgeServer({
      host,
      port,
      answer: (request) => this.#answer(request),
      after: (ms, run) => {
        const timer = this.clock.at(this.clock.now() + ms, run);
        return () => timer.cancel();
      },
      certificate: async () =>
        tls ?? (await selfSignedCertificate(filesFolder, this.clock.now(), this.#options.region)),
      onError: (error) => this.telemetry.log('error', 'The listener failed', { error }),
    });
    let bound: number;
    try {
      bound = await this.#server.listen();
    } catch (error) {
      throw cannotListen(error, host, port);
    }
    const endpoint = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
    this.#config = {
      endpoint,
      host,
      port: bound,
      defaultAccount: this.#options.account,
      defaultRegion: this.#options.region,
      iam: this.#options.iam,
      ephemeral: this.#options.data === undefined,
      dynamodb: dynamoDbConfig(this.#options.dynamodb),
      lambda: lambdaConfig(this.#options.lambda),
      cognito: cognitoConfig(this.#options.cognito, endpoint),
      ...(this.#options.mail ? { mail: this.#options.mail } : {}),
      dataFolder: filesFolder,
    };
  }

  #live(): void {
    this.#region = new Region({
      opened: this.#opened,
      vault: this.#vault,
      config: this.#config,
      clock: this.clock,
      telemetry: this.telemetry,
      sandbox: this.#options.sandbox,
      strictRuntimes: this.#options.strictRuntimes ?? false,
      keepIdleMs: this.#options.keepIdleMs,
      loosestIam: isLoopback(this.#options.host) || this.#options.unsafeOpenToNetwork ? 'off' : 'enforce',
    });
    this.#front = createFront(this.#region.core, {
      control: { routes: controlRoutes(this), knownHosts: [this.#options.host], peerOf },
    });
    this.#answer = this.#front;
  }

  /** Stops what runs over the data, changes the data, and starts again; requests meanwhile are told to come back. */
  async #replaceRegion(change: () => Promise<void>): Promise<void> {
    this.#answer = pausing;
    // Connections that functions hear of would outlive the cloud that they were opened in.
    await this.#server.goAway();
    await this.#region.close();
    try {
      await change();
    } finally {
      this.#live();
    }
    await this.#region.resume();
  }

  async #close(): Promise<void> {
    await this.#server?.close();
    await this.#region?.close();
    await this.#opened.close();
    this.#markClosed();
  }
}

/** What a request meets while the cloud starts, resets or loads a snapshot. SDKs retry a 503. */
async function pausing(): Promise<HttpResponse> {
  return {
    status: 503,
    headers: {
      'content-type': 'application/json',
      'retry-after': '1',
      'x-amzn-errortype': 'ServiceUnavailable',
    },
    body: '{"__type":"ServiceUnavailable","message":"The cloud is starting or being reset; try again."}',
  };
}

function cannotListen(error: unknown, host: string, port: number): Error {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') {
    return new CannotStart(
      `Port ${port} of ${host} is taken. \`brume status\` tells whether a cloud has it; --port takes another, --port 0 a free one.`,
      { cause: error },
    );
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
    return new CannotStart(`${host}:${port} can't be listened on: ${(error as Error).message}.`, {
      cause: error,
    });
  }
  return error as Error;
}
