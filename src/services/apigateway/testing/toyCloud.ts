/** A room over a given store, a clock that stands still, and functions that are plain closures. */
import { Readable } from 'node:stream';
import {
  AwsError,
  type HttpRequest,
  type HttpResponse,
  NotImplemented,
  RandomIds,
  VirtualClock,
  WireJson,
} from '../../../kernel/index.ts';
import {
  type AwsCaller,
  HostBook,
  Issuers,
  type Platform,
  type Principal,
  type ResourceContext,
  rootOf,
} from '../../../platform/index.ts';
import type { Store } from '../../../store/port.ts';
import type { CloudLogEvents, MetricDatum } from '../../../telemetry/port.ts';
import { matchExecuteApi } from '../addresses.ts';
import { apigateway } from '../index.ts';
import { openRoom, type Room } from '../room.ts';

export const account = '123456789012';
export const region = 'eu-west-1';
export const startOfTime = Date.UTC(2020, 2, 12, 19, 3, 58);

export interface ToyInvocation {
  functionName: string;
  principal: Principal | undefined;
  invocationType: string;
  event: Record<string, unknown>;
}

export type ToyFunction = (event: Record<string, unknown>) => unknown;

export interface ToyCloud {
  room: Room;
  clock: VirtualClock;
  /** Calls an operation of the management API as the account's root. */
  call<Output = Record<string, unknown>>(operation: string, input: object): Promise<Output>;
  /** What CloudFormation hands to resource types; its calls come back to this cloud. */
  resourceContext: ResourceContext;
  /** Sends a request to the data plane. */
  send(url: string, init?: ToyRequest): Promise<ToyAnswer>;
  /** The same, the body unread. */
  open(url: string, init?: ToyRequest): Promise<HttpResponse>;
  functions: Map<string, ToyFunction>;
  invocations: ToyInvocation[];
  cloudLogs: CloudLogEvents[];
  metrics: MetricDatum[];
  /** Operations of other services, `dynamodb:PutItem`. */
  operations: Map<
    string,
    (input: object, as: Principal | undefined, request?: HttpRequest) => Promise<unknown>
  >;
}

export interface ToyRequest {
  method?: string;
  headers?: Record<string, string> | [string, string][];
  body?: string | Uint8Array;
}

export interface ToyAnswer {
  status: number;
  headers: HttpResponse['headers'];
  text: string;
  bytes: Buffer;
}

export function functionUri(name: string): string {
  return `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${region}:${account}:function:${name}/invocations`;
}

export function openToyCloud(store: Store, services = [apigateway]): ToyCloud {
  const clock = new VirtualClock(startOfTime);
  const functions = new Map<string, ToyFunction>();
  const invocations: ToyInvocation[] = [];
  const cloudLogs: CloudLogEvents[] = [];
  const metrics: MetricDatum[] = [];
  const operations: ToyCloud['operations'] = new Map();
  const hosts = new HostBook(store);
  const platform = {
    store,
    hosts,
    issuers: new Issuers(async () => undefined),
    mfa: { verify: async () => 'no-device' },
    samlKeys: { keysOf: async () => [] },
    clock,
    ids: new RandomIds(),
    config: { port: 4566, host: '127.0.0.1', endpoint: 'http://127.0.0.1:4566', defaultRegion: region },
    telemetry: {
      log() {},
      audit() {},
      metric(datum: MetricDatum) {
        metrics.push(datum);
      },
      span() {},
      usage() {},
      cloudLog(events: CloudLogEvents) {
        cloudLogs.push(events);
      },
      async flush() {},
    },
    aws: ({ principal }: { principal: Principal }) => callerAs(principal),
  } as unknown as Platform;
  const room = openRoom(platform);

  function callerAs(principal: Principal | undefined): AwsCaller {
    return {
      async call<Output>(service: string, operation: string, input: object): Promise<Output> {
        if (service.startsWith('apigateway')) return call<Output>(operation, input, service);
        const own = operations.get(`${service}:${operation}`);
        if (own) return (await own(input, principal)) as Output;
        if (service !== 'lambda' || operation !== 'Invoke') throw new AwsError('NotImplemented', service);
        const { FunctionName, InvocationType, Payload } = input as {
          FunctionName: string;
          InvocationType: string;
          Payload: Uint8Array | WireJson;
        };
        const name = FunctionName.split(':').at(-1) as string;
        const event = JSON.parse(
          Buffer.from(Payload instanceof WireJson ? Payload.body : Payload).toString(),
        ) as Record<string, unknown>;
        invocations.push({ functionName: FunctionName, invocationType: InvocationType, event, principal });
        const run = functions.get(name);
        if (!run) throw new AwsError('ResourceNotFoundException', `Function not found: ${FunctionName}`);
        try {
          const result = await run(event);
          return { StatusCode: 200, Payload: Buffer.from(JSON.stringify(result ?? null)) } as Output;
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          const payload = JSON.stringify({ errorMessage: message, errorType: 'Error', trace: [] });
          return { StatusCode: 200, FunctionError: 'Unhandled', Payload: Buffer.from(payload) } as Output;
        }
      },
      async http(service, request, operation) {
        const body = Buffer.from(await request.body.bytes()).toString();
        const form = new URLSearchParams(body.startsWith('{') ? request.query : body || request.query);
        const { Action, ...parameters } = Object.fromEntries(form);
        const named = operation ?? Action ?? `${request.method} ${request.path}`;
        const own = operations.get(`${service}:${named}`);
        if (!own) throw new NotImplemented(`${service}:${named}`);
        const headers = { 'content-type': 'application/json', 'x-amzn-requestid': 'service-request' };
        try {
          const input = body.startsWith('{') ? (JSON.parse(body) as object) : parameters;
          const output = await own(input, principal, request);
          if (output instanceof Uint8Array) {
            return { status: 200, headers: { 'content-type': 'image/png' }, body: output };
          }
          return { status: 200, headers, body: JSON.stringify(output) };
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          const told = { __type: error.code, message: error.message };
          return { status: error.status, headers, body: JSON.stringify(told) };
        }
      },
      as: ({ principal: other }) => callerAs(other ?? principal),
      asRole: async (roleArn, sessionName) =>
        callerAs({ type: 'role', account, arn: roleArn, roleArn, roleId: 'AROA', sessionName }),
    };
  }

  async function call<Output>(operation: string, input: object, name?: string): Promise<Output> {
    const handler = services
      .filter((service) => name === undefined || service.name === name)
      .map((service) => service.operations[operation])
      .find(Boolean);
    if (!handler) throw new Error(`no operation ${operation}`);
    const ctx = {
      room,
      account,
      region,
      principal: rootOf(account),
      requestId: platform.ids.uuid(),
      sourceIp: '127.0.0.1',
      now: clock.now(),
      aws: callerAs(rootOf(account)),
      signal: new AbortController().signal,
    };
    return (await handler(ctx, input as never)) as Output;
  }

  async function send(url: string, init: ToyRequest = {}): Promise<ToyAnswer> {
    const answer = await open(url, init);
    const bytes = await bytesOf(answer.body);
    return { status: answer.status, headers: answer.headers, text: bytes.toString(), bytes };
  }

  async function open(url: string, init: ToyRequest = {}): Promise<HttpResponse> {
    const { host, hostname, pathname, search } = new URL(url);
    const own = hosts.find(hostname);
    const params = own ? { ...own.params, path: pathname } : matchExecuteApi(hostname, pathname);
    if (!params) throw new Error(`no data plane at ${url}`);
    const endpoint = apigateway.endpoints?.['execute-api'];
    if (!endpoint) throw new Error('no endpoint');
    const given = Array.isArray(init.headers) ? init.headers : Object.entries(init.headers ?? {});
    const pairs: [string, string][] = [['Host', host], ...given];
    const headers: Record<string, string> = {};
    for (const [name, value] of pairs) {
      const lower = name.toLowerCase();
      headers[lower] = headers[lower] === undefined ? value : `${headers[lower]}, ${value}`;
    }
    const body = Buffer.from(init.body ?? '');
    const request: HttpRequest = {
      method: init.method ?? 'GET',
      path: pathname,
      query: search.slice(1),
      headers,
      rawHeaders: pairs.flat(),
      body: {
        length: body.length,
        async bytes(limit = Number.POSITIVE_INFINITY) {
          if (body.length > limit) {
            throw new AwsError('RequestEntityTooLargeException', 'too large', { status: 413 });
          }
          return body;
        },
        stream: () => Readable.from([body]),
      },
      remoteAddress: '127.0.0.1',
      secure: false,
      signal: new AbortController().signal,
    };
    return endpoint(
      {
        room,
        requestId: platform.ids.uuid(),
        now: clock.now(),
        params,
        aws: ({ principal }) => callerAs(principal),
      },
      request,
    );
  }

  const resourceContext = {
    aws: callerAs(rootOf(account)),
    account,
    region,
    stackName: 'stack',
    stackId: `arn:aws:cloudformation:${region}:${account}:stack/stack/1`,
    logicalId: 'Logical',
    token: 'token',
    stackTags: { 'aws:cloudformation:stack-name': 'stack' },
    clock,
    ids: platform.ids,
    signal: new AbortController().signal,
    generateName: (lengthMax: number) => `stack-Logical-${platform.ids.token(12)}`.slice(0, lengthMax),
  } satisfies ResourceContext;
  return {
    room,
    clock,
    call,
    send,
    open,
    functions,
    invocations,
    cloudLogs,
    metrics,
    operations,
    resourceContext,
  };
}

async function bytesOf(body: HttpResponse['body']): Promise<Buffer> {
  if (body === undefined || typeof body === 'string') return Buffer.from(body ?? '');
  if (body instanceof Uint8Array) return Buffer.from(body);
  const parts: Uint8Array[] = [];
  for await (const part of body as AsyncIterable<Uint8Array>) parts.push(part);
  return Buffer.concat(parts);
}
