/** A core of several real models, whose every operation answers with nothing. */
import { Readable } from 'node:stream';
import { Core } from '../../../src/edge/index.ts';
import { RandomIds, SystemClock } from '../../../src/kernel/index.ts';
import { rootOf, type ServiceEntry } from '../../../src/platform/index.ts';
import { createServiceProtocol, loadModel, type ServiceProtocol } from '../../../src/protocol/index.ts';

/** Every operation of several real models, answered with nothing. Streams are read to their end. */
export async function cloudOfEchoes(
  change: (protocol: ServiceProtocol) => ServiceProtocol = (protocol) => protocol,
) {
  const logged: string[] = [];
  const names = [
    'dynamodb',
    's3',
    'lambda',
    'sts',
    'iam',
    'sqs',
    'sns',
    'cloudformation',
    'logs',
    'apigateway',
  ];
  const models = new Map(
    await Promise.all(names.map(async (name) => [name, await loadModel(name)] as const)),
  );
  const entries = names.map((name): ServiceEntry => {
    const { metadata } = models.get(name) as Awaited<ReturnType<typeof loadModel>>;
    return {
      name,
      model: name,
      signingName: metadata.signingName ?? name,
      ...(metadata.targetPrefix !== undefined && { targetPrefix: metadata.targetPrefix }),
      hostPrefixes: [name],
      load: () => Promise.reject(new Error('not loaded in this test')),
    };
  });
  const swallow = async (_ctx: unknown, input: Record<string, unknown>) => {
    for (const value of Object.values(input ?? {})) {
      if (value instanceof Readable) for await (const piece of value) void piece;
    }
    return {};
  };
  const hosted = new Map(
    entries.map((entry) => {
      const model = models.get(entry.name);
      const operations = Object.fromEntries(
        Object.keys(model?.operations ?? {}).map((name) => [name, swallow]),
      );
      const definition = { name: entry.name, operations, authorize: {}, open: () => null };
      return [entry.name, { entry, definition: definition, room: null as never }];
    }),
  );
  const made = new Core({
    services: entries,
    iam: 'audit',
    defaultAccount: '000000000000',
    defaultRegion: 'us-east-1',
    clock: new SystemClock(),
    ids: new RandomIds(),
    telemetry: {
      log: (level, message, fields) =>
        void (level === 'error' && logged.push(`${message} ${JSON.stringify(fields)}`)),
      audit: () => {},
      metric: () => {},
      recentMetrics: () => [],
      span: () => {},
      usage: () => {},
      cloudLog: () => {},
      flush: async () => {},
    },
    credentials: { find: () => undefined },
    policies: { policiesOf: () => ({ identityPolicies: [] }) },
    service: (name) => {
      const service = hosted.get(name);
      if (!service) throw new Error(`no ${name}`);
      return service;
    },
    protocol: async (entry, spoken) => {
      const model = models.get(entry.name);
      if (!model) return undefined;
      if (spoken === 'smithy-rpc-v2-cbor') {
        return entry.name === 'dynamodb'
          ? change(createServiceProtocol(model, { protocol: spoken }))
          : undefined;
      }
      return change(createServiceProtocol(model));
    },
    assumeRole: async () => rootOf('000000000000'),
  });
  return { core: made, failures: logged };
}
