/**
 * The running inside of a cloud: services, tasks, deliveries and the core of the edge over one opened store. Reset and
 * snapshots replace it as a whole, so that no cache outlives the data it was read from.
 */
import { join } from 'node:path';
import { createComputer, type LocalComputer } from '../compute/index.ts';
import { DurableDeliveries } from '../delivery/index.ts';
import { Core, isServiceHost } from '../edge/index.ts';
import { policyEngine } from '../identity/index.ts';
import { type Clock, type Ids, RandomIds } from '../kernel/index.ts';
import {
  type CloudConfig,
  encodeAuthorizationMessage,
  HostBook,
  type IamMode,
  IamModes,
  Issuers,
  type Platform,
} from '../platform/index.ts';
import { createServiceProtocol, loadModel } from '../protocol/index.ts';
import { services } from '../services/index.ts';
import type { OpenedStore } from '../store/index.ts';
import type { Vault } from '../store/vault.ts';
import { DurableTasks } from '../tasks/index.ts';
import type { LocalTelemetry } from '../telemetry/index.ts';
import { cloudLogSink } from './cloudLogs.ts';
import { identitiesOf, sessionOf } from './identities.ts';
import { Observer } from './observations/observer.ts';
import { ObservationStore } from './observations/store.ts';
import { ServiceHost } from './serviceHost.ts';

export interface RegionOptions {
  opened: OpenedStore;
  vault: Vault;
  config: CloudConfig;
  clock: Clock;
  telemetry: LocalTelemetry;
  sandbox: 'bwrap' | 'process' | undefined;
  strictRuntimes: boolean;
  keepIdleMs: number | undefined;
  /** The loosest mode that accounts may be set to while the cloud runs. */
  loosestIam: IamMode;
}

export class Region {
  readonly core: Core;
  readonly host: ServiceHost;
  readonly tasks: DurableTasks;
  readonly modes: IamModes;
  readonly observations: Observer;
  readonly #hosts: HostBook;
  readonly #computer: { made: LocalComputer | undefined };
  readonly #telemetry: LocalTelemetry;

  constructor(options: RegionOptions) {
    const { opened, config, clock, telemetry, sandbox, strictRuntimes, keepIdleMs } = options;
    const ids: Ids = new RandomIds();
    this.observations = new Observer({
      store: new ObservationStore(opened.store),
      clock,
      onError: (error) => telemetry.log('error', 'Observations could not be kept', { error }),
    });
    telemetry.connectAudit((record) => this.observations.see(record));
    this.modes = new IamModes(config.iam, { store: opened.store, floor: options.loosestIam });
    this.#telemetry = telemetry;
    this.tasks = new DurableTasks({ store: opened.store, clock, ids, telemetry, exclusive: true });
    const aws: Platform['aws'] = (as) => this.core.aws(as, as.via);
    const deliveries = lazily(() => new DurableDeliveries({ tasks: this.tasks, telemetry, clock, aws }));
    // Sandboxes are started by whoever needs the first one, not by a cloud that serves tables only.
    const computer = { made: undefined as LocalComputer | undefined };
    this.#computer = computer;
    this.#hosts = new HostBook(opened.store, (host) => isServiceHost(services, host));
    const platform: Platform = {
      store: opened.store,
      vault: options.vault,
      blobs: opened.blobs,
      logs: opened.logs,
      tasks: this.tasks,
      get deliveries() {
        return deliveries();
      },
      telemetry,
      get compute() {
        computer.made ??= createComputer({
          folder: join(config.dataFolder, 'environments'),
          ids,
          strictRuntimes,
          ...(sandbox === undefined ? {} : { sandbox }),
          ...(keepIdleMs === undefined ? {} : { keepIdleMs }),
        });
        return computer.made;
      },
      clock,
      ids,
      config,
      hosts: this.#hosts,
      issuers: new Issuers(
        (issuer) => this.host.issuerKeys(issuer),
        (issuer, claims) => this.host.issuerStanding(issuer, claims),
      ),
      policies: policyEngine,
      modes: this.modes,
      observations: this.observations,
      samlKeys: { keysOf: (arn) => identities.samlKeys.keysOf(arn) },
      mfa: { verify: (...code) => identities.mfa.verify(...code) },
      aws,
      resourceType: (name) => this.host.resourceType(name),
    };
    this.host = new ServiceHost(services, platform);
    const identities = identitiesOf(() => this.host);
    this.core = new Core({
      services,
      hosts: this.#hosts,
      iam: this.modes,
      defaultAccount: config.defaultAccount,
      defaultRegion: config.defaultRegion,
      clock,
      ids,
      telemetry,
      sealDenial: (account, details) => encodeAuthorizationMessage(options.vault, account, details),
      ...identities,
      service: (name) => this.host.get(name),
      protocol: async (entry, wire) => {
        const model = loadModel(entry.model);
        const { protocol, protocols } = model.metadata;
        if (wire === undefined || wire === protocol) return createServiceProtocol(model);
        return protocols?.includes(wire) ? createServiceProtocol(model, { protocol: wire }) : undefined;
      },
      assumeRole: async (roleArn, sessionName) => sessionOf(roleArn, sessionName),
    });
    telemetry.connectCloudLogs(cloudLogSink(aws));
    this.#reviveDeliveries = deliveries;
  }

  readonly #reviveDeliveries: () => DurableDeliveries;

  /** Loads the services whose tasks were pending when the last process ended, so that their work goes on. */
  async resume(): Promise<void> {
    await this.#hosts.load();
    await this.modes.load();
    for (const queue of await this.tasks.pendingQueues()) {
      const owner = queue.split('.')[0] ?? '';
      if (owner === 'delivery') this.#reviveDeliveries();
      else if (this.host.has(owner)) await this.host.get(owner);
      else this.#telemetry.log('warn', 'Tasks wait for a service that this version does not have', { queue });
    }
  }

  async close(): Promise<void> {
    this.#hosts.close();
    await this.tasks.close();
    await this.#computer.made?.close();
    await this.#telemetry.flush();
    await this.host.close();
    this.#telemetry.connectAudit(undefined);
    await this.observations.close();
  }
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
