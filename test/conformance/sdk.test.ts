/**
 * The official SDK against the codecs, for every operation of every model: what a client sends is what a handler
 * reads, what a handler answers is what the client returns, and errors arrive by name. No socket in between.
 */
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError, type HttpRequest, type HttpResponse } from '../../src/kernel/index.ts';
import { createServiceProtocol, loadModel } from '../../src/protocol/index.ts';
import type { ServiceModel, Shape, ShapeRef } from '../../src/protocol/model.ts';

const packages: Record<string, string> = {
  dynamodb: 'dynamodb',
  'dynamodb-streams': 'dynamodb-streams',
  lambda: 'lambda',
  s3: 's3',
  cloudformation: 'cloudformation',
  iam: 'iam',
  sts: 'sts',
  logs: 'cloudwatch-logs',
  apigateway: 'api-gateway',
  apigatewayv2: 'apigatewayv2',
  apigatewaymanagementapi: 'apigatewaymanagementapi',
  sqs: 'sqs',
  sns: 'sns',
};

/** Operations whose input or output this harness can't compare, with the reason. */
const exceptions: Record<string, string> = {
  's3:WriteGetObjectResponse': 'its host is made of its input',
  's3:GetBucketLocation': 'the SDK reads the location of the bare root element in code of its own',
  's3:SelectObjectContent': 'answers an event stream, which has tests of its own',
  'lambda:InvokeWithResponseStream': 'answers an event stream, which has tests of its own',
  'logs:StartLiveTail': 'answers an event stream, which has tests of its own',
  'cloudformation:StartResourceScan': 'has a list of empty structures, which a form can’t carry',
  'iam:SimulateCustomPolicy': 'has a list of empty structures, which a form can’t carry',
  'logs:GetLogObject': 'answers an event stream, which has tests of its own',
};

interface SdkRequest {
  method: string;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
}

type Client = { send(command: object): Promise<Record<string, unknown>> };
type Constructor = new (options: object) => object;

for (const [name, packageName] of Object.entries(packages)) {
  const model = loadModel(name);
  const protocol = createServiceProtocol(model, { constraints: false });
  const sdk = (await import(`@aws-sdk/client-${packageName}`)) as Record<string, unknown>;
  const ClientClass = Object.entries(sdk).find(([key]) => /^(?!__).+Client$/.test(key))?.[1] as Constructor;

  let answer: Answer = async () => ({ status: 500, headers: {} });
  const client = clientOf(ClientClass, (request, bytes) => answer(request, bytes));

  describe(`${name} through the SDK`, () => {
    for (const operation of Object.values(model.operations)) {
      const reason = exceptions[`${name}:${operation.name}`];
      if (reason) {
        it.skip(`${operation.name}: ${reason}`, () => {});
        continue;
      }
      it(operation.name, async () => {
        const Command = sdk[`${operation.name}Command`] as Constructor;
        await fc.assert(
          fc.asyncProperty(
            arbitrary(model, operation.input, 'input'),
            arbitrary(model, operation.output, 'output'),
            async (input, output) => {
              let received: unknown;
              answer = async (request, bytes) => {
                const compiled = protocol.resolve(request, bytes);
                expect(compiled?.name).toBe(operation.name);
                received = compiled?.parse(request, compiled.streamsInput ? undefined : bytes);
                received = await settled(received);
                return compiled?.serialize(output, 'request-id') as HttpResponse;
              };
              const returned = await client.send(new Command(structuredClone(input) as object));
              expect(comparable(received)).toMatchObject(comparable(input) as object);
              const { $metadata, ...result } = (await settled(returned)) as Record<string, unknown>;
              // Without any `x-amz-meta-` header the SDK gives an empty map.
              if (isEmpty(result.Metadata)) delete result.Metadata;
              expect(comparable(result)).toEqual(comparable(output));
            },
          ),
          { numRuns: 6, endOnFailure: true },
        );
      });
    }

    it('tells errors by name', async () => {
      for (const [operationName, operation] of Object.entries(model.operations)) {
        if (exceptions[`${name}:${operationName}`] || operation.http.method === 'HEAD') continue;
        for (const { shape } of operation.errors ?? []) {
          answer = async () => {
            const compiled = protocol.operation(operationName);
            return compiled?.serializeError(
              new AwsError(shape, `why ${shape}`),
              'request-id',
            ) as HttpResponse;
          };
          const Command = sdk[`${operationName}Command`] as Constructor;
          const [input] = fc.sample(arbitrary(model, operation.input, 'input'), { numRuns: 1, seed: 1 });
          const failure = await client.send(new Command(input as object)).then(
            () => undefined,
            (error: unknown) => error as Error & { $metadata: { httpStatusCode: number; requestId: string } },
          );
          expect(failure, `${operationName} ${shape}`).toMatchObject({ name: shape });
          expect(failure?.$metadata.requestId).toBe('request-id');
        }
        break;
      }
    });
  });
}

type Answer = (request: HttpRequest, bytes: Uint8Array) => Promise<HttpResponse>;

function clientOf(ClientClass: Constructor, answer: Answer): Client {
  return new ClientClass({
    region: 'us-east-1',
    endpoint: 'http://localhost:4566',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    forcePathStyle: true,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    md5: false,
    requestHandler: {
      async handle(sent: SdkRequest) {
        const { request, bytes } = await received(sent);
        const { status, headers, body } = await answer(request, bytes);
        const lower = Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, String(value)]));
        const stream =
          body === undefined
            ? Readable.from([])
            : typeof body === 'string' || body instanceof Uint8Array
              ? Readable.from([Buffer.from(body as string)])
              : body;
        return { response: { statusCode: status, headers: lower, body: stream } };
      },
      updateHttpClientConfig() {},
      httpHandlerConfigs: () => ({}),
      destroy() {},
    },
  }) as Client;
}

async function received(sent: SdkRequest): Promise<{ request: HttpRequest; bytes: Uint8Array }> {
  const pairs = Object.entries(sent.query ?? {}).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) =>
      one === null ? encodeURIComponent(key) : `${encodeURIComponent(key)}=${encodeURIComponent(one)}`,
    ),
  );
  const bytes = await bytesOf(sent.body);
  return {
    bytes,
    request: {
      method: sent.method,
      path: sent.path,
      query: pairs.join('&'),
      headers: Object.fromEntries(
        Object.entries(sent.headers).map(([key, value]) => [key.toLowerCase(), String(value)]),
      ),
      rawHeaders: [],
      body: { length: bytes.length, bytes: async () => bytes, stream: () => Readable.from([bytes]) },
      remoteAddress: '127.0.0.1',
      secure: false,
      signal: new AbortController().signal,
    },
  };
}

async function bytesOf(body: unknown): Promise<Uint8Array> {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body as string);
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Streams read to their end. */
async function settled(value: unknown): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([key, item]) => [
    key,
    item instanceof Readable ? await bytesOf(item) : item,
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

/** Bytes of any class as text, times as numbers, what is absent left out. */
function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (value instanceof Date) return value.getTime();
  // The SDK gives JSON payloads of policies and the like as its own strings.
  if (value instanceof String) return String(value);
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([, item]) =>
          item !== undefined && item !== null && !(item instanceof Uint8Array && item.length === 0),
      )
      .map(([key, item]) => [key, comparable(item)]),
  );
}

/** Values of a shape that survive any protocol: no empty lists or maps (forms and XML don't carry them), no empty text. */
function arbitrary(
  model: ServiceModel,
  ref: ShapeRef | undefined,
  side: 'input' | 'output',
): fc.Arbitrary<unknown> {
  if (!ref) return fc.constant({});
  return anyOf(model, ref, side, 2);
}

/** Text that any place takes: labels, headers, keys. */
const safe = fc.nat().map((number) => `t${number.toString(36)}`);

const known = new WeakMap<ServiceModel, Map<string, fc.Arbitrary<unknown>>>();

/** Shapes are met again and again on the way down; each is made once a level. */
function anyOf(
  model: ServiceModel,
  ref: ShapeRef,
  side: 'input' | 'output',
  depth: number,
): fc.Arbitrary<unknown> {
  const cache = known.get(model) ?? new Map<string, fc.Arbitrary<unknown>>();
  known.set(model, cache);
  const key = `${side} ${depth} ${ref.location} ${ref.shape}`;
  const made = cache.get(key) ?? makeAny(model, ref, side, depth);
  cache.set(key, made);
  return made;
}

function makeAny(
  model: ServiceModel,
  ref: ShapeRef,
  side: 'input' | 'output',
  depth: number,
): fc.Arbitrary<unknown> {
  const shape = model.shapes[ref.shape] as Shape;
  switch (shape.type) {
    case 'structure':
      return structureOf(model, shape, side, depth);
    case 'list':
      return fc.array(anyOf(model, shape.member, side, depth - 1), { minLength: 1, maxLength: 2 });
    case 'map':
      return fc.dictionary(
        (model.shapes[shape.key.shape] as { enum?: string[] }).enum
          ? fc.constantFrom(...(model.shapes[shape.key.shape] as { enum: string[] }).enum)
          : safe,
        anyOf(model, shape.value, side, depth - 1),
        { minKeys: 1, maxKeys: 2, noNullPrototype: true },
      );
    case 'string':
    case 'character':
      if (shape.enum) return fc.constantFrom(...shape.enum);
      return ref.location === undefined
        ? fc.oneof(safe, fc.constantFrom('a b', 'é & <x>', 'q"uote', '%41+/='))
        : safe;
    case 'boolean':
      return fc.boolean();
    case 'blob':
      return fc.uint8Array({ minLength: 1, maxLength: 8 });
    case 'timestamp':
      return fc.integer({ min: 0, max: 2_000_000_000 }).map((seconds) => new Date(seconds * 1000));
    case 'float':
    case 'double':
    case 'bigDecimal':
      return fc.constantFrom(0, 1, -2.5, 1e10);
    case 'byte':
      return fc.integer({ min: -128, max: 127 });
    case 'short':
      return fc.integer({ min: -32_768, max: 32_767 });
    default:
      return ref.location === 'statusCode'
        ? fc.constantFrom(200, 202)
        : fc.integer({ min: 0, max: 1_000_000 });
  }
}

function structureOf(
  model: ServiceModel,
  shape: Shape & { type: 'structure' },
  side: 'input' | 'output',
  depth: number,
): fc.Arbitrary<unknown> {
  const members: Record<string, fc.Arbitrary<unknown>> = {};
  const required: string[] = [];
  for (const [name, ref] of Object.entries(shape.members)) {
    // The SDK computes, checks or renames these itself.
    if (/SSECustomerKey|^Expires(String)?$|^Checksum|^MFA$/.test(name)) continue;
    const target = model.shapes[ref.shape] as Shape;
    const recursive = target.type === 'structure' || target.type === 'list' || target.type === 'map';
    if (depth <= 0 && recursive && !shape.required?.includes(name)) continue;
    if (depth <= -1 && recursive) continue;
    // A type is always sent with a payload; the one that is there by default would come out as well.
    const isType = ref.location === 'header' && ref.locationName?.toLowerCase() === 'content-type';
    if (side === 'output' && (ref.location === 'statusCode' || isType)) required.push(name);
    members[name] = anyOf(model, ref, side, depth - 1);
    // The SDK takes an S3 answer without a body for an aborted one.
    if (side === 'output' && shape.payload === name && target.type === 'structure') required.push(name);
    if (shape.required?.includes(name)) required.push(name);
  }
  if (shape.union) {
    const names = Object.keys(members);
    return fc.oneof(...names.map((name) => fc.record({ [name]: members[name] as fc.Arbitrary<unknown> })));
  }
  const record = fc.record(members, { requiredKeys: [...new Set(required)] });
  // An empty structure inside of another is nothing in a form.
  const isNested = depth < 2 && Object.keys(members).length > 0;
  return isNested ? record.filter((value) => Object.keys(value).length > 0) : record;
}
