/** What Lambda's operations work with, built once when the service is first needed. */
import type { Platform } from '../../platform/index.ts';
import { Asynchronous } from './asynchronous.ts';
import { Packages } from './code/packages.ts';
import { CodeUrls } from './code/urls.ts';
import { CodeStorage } from './codeStorage.ts';
import { Concurrency } from './concurrency.ts';
import { ExecutionCredentials } from './credentials.ts';
import { DurableExecutions } from './durable/executions.ts';
import { Invoker } from './eventSources/invoker.ts';
import { Pollers } from './eventSources/pollers.ts';
import { Executor } from './executor.ts';
import { Inspections } from './inspections.ts';
import { Provisioned } from './provisioned.ts';
import { SnapStart } from './snapStart.ts';
import { DurableStore } from './store/durable.ts';
import { MappingStore } from './store/mappings.ts';
import { LambdaStore } from './store.ts';

export interface LambdaRoom {
  readonly platform: Platform;
  readonly store: LambdaStore;
  readonly packages: Packages;
  readonly codeUrls: CodeUrls;
  readonly codeStorage: CodeStorage;
  readonly concurrency: Concurrency;
  readonly executor: Executor;
  /** Runs functions, durable or not. */
  readonly durable: DurableExecutions;
  readonly provisioned: Provisioned;
  readonly snapStart: SnapStart;
  readonly inspections: Inspections;
  readonly asynchronous: Asynchronous;
  readonly mappings: MappingStore;
  readonly pollers: Pollers;
}

/** Functions whose shapes are prepared when the service is loaded. */
const preparedMax = 20;

export async function openRoom(platform: Platform): Promise<LambdaRoom> {
  const store = new LambdaStore(platform.store);
  const packages = new Packages(platform.config.dataFolder, platform.blobs, platform.ids, platform.clock);
  await packages.open();
  const provisioned = new Provisioned(platform, store);
  const credentials = new ExecutionCredentials(platform);
  const inspections = new Inspections(platform.clock);
  const concurrency = new Concurrency(platform, store, provisioned);
  const executor = new Executor({
    ...{ platform, packages, credentials, provisioned, inspections, concurrency },
  });
  await provisioned.open((place, configuration, owner) =>
    executor.provisionedSpec(place, configuration, owner),
  );
  // After a restart the first invocations find sandboxes that are up, as after CreateFunction.
  for (const { latest } of await store.someFunctions(preparedMax)) {
    const { runtime, memoryMb, ephemeralStorageMb } = latest;
    platform.compute.prepare({ runtime, memoryMb, ephemeralStorageMb });
  }
  const durable = new DurableExecutions({
    ...{ platform, functions: store, store: new DurableStore(platform.store), executor },
  });
  const mappings = new MappingStore(platform.store);
  const pollers = new Pollers(platform, mappings, new Invoker(platform, store, durable));
  await pollers.resume();
  return {
    platform,
    store,
    mappings,
    pollers,
    packages,
    executor,
    durable,
    provisioned,
    snapStart: new SnapStart(platform, store, executor),
    inspections,
    codeUrls: new CodeUrls(platform.config, platform.ids),
    codeStorage: new CodeStorage(store),
    concurrency,
    asynchronous: new Asynchronous(platform, store, executor),
  };
}
