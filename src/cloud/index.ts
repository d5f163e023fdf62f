/** `import { startCloud } from 'brume'`: a whole region inside a test, milliseconds later. */
import { type CloudOptions, resolveOptions } from './options.ts';
import { RunningCloud } from './runningCloud.ts';

export type { IamReport, ReportedDenial, ReportedPrincipal } from './observations/report.ts';
export { CannotStart, type CloudOptions } from './options.ts';

export interface Cloud extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  readonly port: number;
  readonly region: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string };
  /** What an SDK client's constructor takes: `new DynamoDBClient(cloud.clientConfig)`. */
  readonly clientConfig: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    forcePathStyle: true;
  };
  readonly clock: {
    /** Milliseconds since the epoch. */
    now(): number;
    /** Moves time forward; what falls due on the way happens. */
    advance(ms: number): Promise<void>;
    set(time: number | Date): Promise<void>;
    freeze(): void;
    resume(): void;
  };
  /** Resolves when nothing is due, nothing is running and every log line has arrived. */
  settled(): Promise<void>;
  /** Empties everything. */
  reset(): Promise<void>;
  readonly snapshot: {
    save(file: string): Promise<void>;
    load(file: string): Promise<void>;
  };
  /** Resolves when the cloud has stopped, whoever stopped it. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a cloud in this process: on a free port and in an ephemeral store unless the options say otherwise.
 * @throws CannotStart with what to do about it.
 */
export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const cloud = await RunningCloud.start(resolveOptions(options));
  const { endpoint, port, defaultRegion: region } = cloud.config;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const { clock } = cloud;
  return {
    endpoint,
    port,
    region,
    credentials,
    clientConfig: { endpoint, region, credentials, forcePathStyle: true },
    clock: {
      now: () => clock.now(),
      advance: (ms) => clock.advance(ms),
      set: (time) => clock.set(typeof time === 'number' ? time : time.getTime()),
      freeze: () => clock.freeze(),
      resume: () => clock.resume(),
    },
    settled: () => cloud.settled(),
    reset: () => cloud.reset(),
    snapshot: { save: (file) => cloud.saveSnapshot(file), load: (file) => cloud.loadSnapshot(file) },
    closed: cloud.closed,
    close: () => cloud.close(),
    [Symbol.asyncDispose]: () => cloud.close(),
  };
}
