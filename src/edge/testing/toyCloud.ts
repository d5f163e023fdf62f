/** A cloud of one small service, for the edge's own tests and benchmark: no store, no model files. */

import type { CredentialSource, PolicySource } from '../../identity/index.ts';
import { type AwsError, RandomIds, SerializationException, SystemClock } from '../../kernel/index.ts';
import {
  type AuthorizationRequest,
  defineService,
  type IamMode,
  type OperationContext,
  rootOf,
  type ServiceDefinition,
  type ServiceEntry,
} from '../../platform/index.ts';
import type { CompiledOperation, ServiceProtocol } from '../../protocol/port.ts';
import type { AuditRecord, Telemetry } from '../../telemetry/port.ts';
import { Core } from '../core.ts';

export interface ToyOptions {
  iam?: IamMode;
  credentials?: CredentialSource;
  policies?: PolicySource;
  clock?: SystemClock;
  /** Takes part in `aws.call` and answers over the wire. */
  operations?: Record<string, (ctx: OperationContext<never>, input: never) => Promise<unknown>>;
  authorize?: Record<string, () => AuthorizationRequest>;
  services?: readonly ServiceEntry[];
}

export interface ToyCloud {
  core: Core;
  audits: AuditRecord[];
  logs: { level: string; message: string; fields: Record<string, unknown> | undefined }[];
}

export function toyCloud(options: ToyOptions = {}): ToyCloud {
  const audits: AuditRecord[] = [];
  const logs: ToyCloud['logs'] = [];
  const telemetry: Telemetry = {
    log: (level, message, fields) => void logs.push({ level, message, fields }),
    audit: (record) => {
      if (audits.length < 1_000) audits.push(record);
    },
    metric: () => {},
    recentMetrics: () => [],
    span: () => {},
    usage: () => {},
    cloudLog: () => {},
    flush: async () => {},
  };
  const definition = defineService<null>({
    name: 'toy',
    open: () => null,
    operations: {
      Echo: async (_ctx, input: never) => input,
      WhoAmI: async (ctx) => ({ Arn: ctx.principal.arn, Account: ctx.account, Region: ctx.region }),
      Crash: async () => {
        throw new Error('secret detail of the inside');
      },
      Call: async (ctx) => ctx.aws.call('toy', 'WhoAmI', {}),
      ...options.operations,
    } as ServiceDefinition<null>['operations'],
    authorize: options.authorize ?? {},
    endpoints: {
      plane: async (context, request) => ({
        status: 200,
        headers: { 'content-type': 'text/plain' },
        body: `${context.params.id} ${request.method} ${request.path} ${Buffer.from(await request.body.bytes()).toString()}`,
      }),
    },
  });
  const toy: ServiceEntry = {
    name: 'toy',
    model: 'toy',
    signingName: 'toy',
    targetPrefix: 'Toy_1',
    hostPrefixes: ['toy'],
    dataPlanes: [
      {
        endpoint: 'plane',
        match: (host, path) => {
          const id =
            /^([a-z0-9]+)\.execute-api\./.exec(host)?.[1] ??
            /^\/_aws\/execute-api\/([a-z0-9]+)\//.exec(path)?.[1];
          return id === undefined ? undefined : { id };
        },
      },
    ],
    load: async () => definition,
  };
  const hosted = {
    entry: toy,
    definition: definition,
    room: null as never,
  };
  const protocol = toyProtocol([...Object.keys(definition.operations), 'NotBuilt', ...streaming]);
  const core = new Core({
    services: options.services ?? [toy],
    iam: options.iam ?? 'audit',
    defaultAccount: '000000000000',
    defaultRegion: 'us-east-1',
    clock: options.clock ?? new SystemClock(),
    ids: new RandomIds(),
    telemetry,
    credentials: options.credentials ?? { find: () => undefined },
    policies: options.policies ?? { policiesOf: () => ({ identityPolicies: [] }) },
    service: () => hosted,
    protocol: async () => protocol,
    assumeRole: async () => rootOf('000000000000'),
  });
  return { core, audits, logs };
}

const streaming = new Set(['Upload', 'Read', 'Peek']);

/** JSON in, JSON out; some stream their input. */
function toyProtocol(names: readonly string[]): ServiceProtocol {
  const serializeError = (error: AwsError, requestId: string) => ({
    status: error.status,
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': requestId },
    body: JSON.stringify({ __type: error.code, message: error.message }),
  });
  const operations = new Map(
    names.map((name): [string, CompiledOperation] => [
      name,
      {
        name,
        model: { name, http: { method: 'POST', requestUri: '/' } },
        streamsInput: streaming.has(name),
        parse: (request, body) => {
          if (streaming.has(name)) return { Body: request.body.stream(), Trailers: request.body.trailers };
          try {
            return JSON.parse(Buffer.from(body ?? []).toString() || '{}');
          } catch {
            throw new SerializationException('Unexpected token in the body');
          }
        },
        validate: () => {},
        serialize: (output, requestId) => ({
          status: 200,
          headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': requestId },
          body: JSON.stringify(output ?? {}),
        }),
        serializeError,
      },
    ]),
  );
  return {
    resolve: (head) => {
      const target = head.headers['x-amz-target'];
      return target === undefined
        ? head.method === 'PUT'
          ? operations.get('Upload')
          : undefined
        : operations.get(target.slice(target.indexOf('.') + 1));
    },
    operation: (name) => operations.get(name),
    serializeError,
    operationInBody: false,
  };
}
