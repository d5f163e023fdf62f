/**
 * The public protocol vectors (Smithy's, in botocore's form): requests of clients are our inputs, responses are our
 * expected outputs. The vectors aren't part of this repository; see the README of the folder they stand in.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { AwsError, type HttpRequest, type HttpResponse } from '../../src/kernel/index.ts';
import { readXml, type XmlElement } from '../../src/kernel/xml.ts';
import { decodeCbor } from '../../src/protocol/cbor/index.ts';
import { createServiceProtocol } from '../../src/protocol/index.ts';
import type { OperationModel, ServiceModel, ShapeRef } from '../../src/protocol/model.ts';
import { notForServers } from './protocolExceptions.ts';

const folder = new URL('../../../shared/conformance/protocols/', import.meta.url);
const present = existsSync(folder);

interface Case {
  id: string;
  given: OperationModel;
  params?: Record<string, unknown>;
  serialized?: { method: string; uri: string; headers?: Record<string, string>; body?: string };
  result?: Record<string, unknown>;
  error?: Record<string, unknown>;
  errorCode?: string;
  errorMessage?: string;
  response?: { status_code: number; headers?: Record<string, string>; body?: string };
}

interface Suite {
  description: string;
  metadata: ServiceModel['metadata'];
  shapes: ServiceModel['shapes'];
  cases: Case[];
}

function suites(kind: 'input' | 'output'): { file: string; suites: Suite[] }[] {
  const path = new URL(`${kind}/`, folder);
  return readdirSync(path).map((file) => ({
    file: `${kind}/${file.replace('.json', '')}`,
    suites: JSON.parse(readFileSync(new URL(file, path), 'utf8')) as Suite[],
  }));
}

function modelOf(suite: Suite, given: OperationModel): ServiceModel {
  const metadata = { ...suite.metadata, serviceId: suite.metadata.serviceId ?? 'Vectors' };
  const shapes = structuredClone(suite.shapes);
  for (const shape of Object.values(shapes)) {
    if (shape.type !== 'structure' || shape.payload === undefined) continue;
    // botocore's conversion gives payloads the member's name, where Smithy names them by their shape.
    const ref = shape.members[shape.payload];
    if (ref?.locationName === shape.payload) delete ref.locationName;
  }
  return { metadata, operations: { [given.name]: given }, shapes };
}

if (!present) {
  describe('protocol vectors', () => {
    if (process.env.CI)
      it('are there in CI', () => expect(present, `${folder.pathname} is missing`).toBe(true));
    else it.skip(`are not at ${folder.pathname}`, () => {});
  });
} else {
  for (const { file, suites: all } of suites('input')) {
    if (all.length === 0) continue;
    describe(`requests of clients: ${file}`, () => {
      for (const suite of all) for (const vector of suite.cases) inputTest(file, suite, vector);
    });
  }
  for (const { file, suites: all } of suites('output')) {
    if (all.length === 0) continue;
    describe(`answers to clients: ${file}`, () => {
      for (const suite of all) for (const vector of suite.cases) outputTest(file, suite, vector);
    });
  }
  it('excepts only vectors that exist', () => {
    const known = new Set<string>();
    for (const kind of ['input', 'output'] as const) {
      for (const { file, suites: all } of suites(kind)) {
        for (const suite of all) for (const vector of suite.cases) known.add(`${file}/${vector.id}`);
      }
    }
    expect(Object.keys(notForServers).filter((name) => !known.has(name))).toEqual([]);
  });
}

function inputTest(file: string, suite: Suite, vector: Case): void {
  const reason = notForServers[`${file}/${vector.id}`];
  if (reason) return void it.skip(`${vector.id}: ${reason}`, () => {});
  it(vector.id, async () => {
    const model = modelOf(suite, vector.given);
    const protocol = createServiceProtocol(model, { constraints: false });
    const { serialized } = vector;
    if (!serialized) throw new Error('no request');
    const bytes = bodyBytes(suite, serialized.body);
    const request = requestOf(serialized, bytes);
    const operation = protocol.resolve(request, protocol.operationInBody ? bytes : undefined);
    expect(operation?.name).toBe(vector.given.name);
    const input = operation?.parse(request, operation.streamsInput ? undefined : bytes);
    const ref = vector.given.input;
    const plain = ref ? await plainOf(model, ref, input) : input;
    expect(plain).toEqual(normalise(vector.params));
  });
}

function outputTest(file: string, suite: Suite, vector: Case): void {
  const reason = notForServers[`${file}/${vector.id}`];
  if (reason) return void it.skip(`${vector.id}: ${reason}`, () => {});
  it(vector.id, async () => {
    const model = modelOf(suite, vector.given);
    const protocol = createServiceProtocol(model, { constraints: false });
    const operation = protocol.operation(vector.given.name);
    const expected = vector.response;
    if (!operation || !expected) throw new Error('no operation or response');
    const response =
      vector.errorCode === undefined
        ? operation.serialize(
            vector.given.output ? typed(model, vector.given.output, vector.result) : {},
            'foo-id',
          )
        : operation.serializeError(errorOf(model, vector), 'foo-id');
    expect(response.status).toBe(expected.status_code);
    for (const [name, value] of Object.entries(expected.headers ?? {})) {
      if (name.toLowerCase() === 'content-type' && !expected.body) continue;
      expect(headerOf(response, name), name).toBe(canonicalHeader(name, value));
    }
    if (expected.body === undefined) return;
    expect(canonicalBody(suite, await bodyText(response))).toEqual(
      canonicalBody(suite, Buffer.from(bodyBytes(suite, expected.body)).toString('latin1')),
    );
  });
}

function errorOf(model: ServiceModel, vector: Case): AwsError {
  const name = vector.given.errors?.[0]?.shape ?? vector.errorCode ?? '';
  const members = typed(model, { shape: name }, vector.error) as Record<string, unknown>;
  const shape = model.shapes[name];
  const fault = shape?.type === 'structure' && shape.fault ? 'server' : 'client';
  return new AwsError(name, vector.errorMessage ?? '', { members, fault });
}

function requestOf(serialized: NonNullable<Case['serialized']>, bytes: Uint8Array): HttpRequest {
  const [path = '/', query = ''] = serialized.uri.split('?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(serialized.headers ?? {})) headers[name.toLowerCase()] = value;
  return {
    method: serialized.method,
    path,
    query,
    headers,
    rawHeaders: [],
    body: { length: bytes.length, bytes: async () => bytes, stream: () => Readable.from([bytes]) },
    remoteAddress: '127.0.0.1',
    secure: false,
    signal: new AbortController().signal,
  };
}

function bodyBytes(suite: Suite, body: string | undefined): Uint8Array {
  if (!body) return new Uint8Array();
  return Buffer.from(body, suite.metadata.protocol === 'smithy-rpc-v2-cbor' ? 'base64' : 'utf8');
}

/** What we parsed, in the vectors' words: times are epoch seconds, bytes are text. */
async function plainOf(model: ServiceModel, ref: ShapeRef, value: unknown): Promise<unknown> {
  if (value === undefined || value === null) return value;
  if (value instanceof Readable) {
    const chunks: Buffer[] = [];
    for await (const chunk of value) chunks.push(Buffer.from(chunk as Uint8Array));
    return Buffer.concat(chunks).toString('utf8');
  }
  if (value instanceof Date) return value.getTime() / 1000;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  const shape = model.shapes[ref.shape];
  if (Array.isArray(value) && shape?.type === 'list') {
    return Promise.all(value.map((item) => plainOf(model, shape.member, item)));
  }
  if (typeof value === 'object' && shape?.type === 'structure' && !shape.document) {
    const entries = Object.entries(value).map(async ([name, item]) => {
      const member = shape.members[name];
      return [name, member ? await plainOf(model, member, item) : item] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }
  if (typeof value === 'object' && shape?.type === 'map') {
    const entries = Object.entries(value).map(
      async ([name, item]) => [name, await plainOf(model, shape.value, item)] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }
  return normalise(value);
}

/** A vector's result as a handler would give it. */
function typed(model: ServiceModel, ref: ShapeRef, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  const shape = model.shapes[ref.shape];
  switch (shape?.type) {
    case 'structure':
      if (shape.document) return value;
      return Object.fromEntries(
        Object.entries(value as object).map(([name, item]) => {
          const member = shape.members[name];
          return [name, member ? typed(model, member, item) : item];
        }),
      );
    case 'list':
      return (value as unknown[]).map((item) => typed(model, shape.member, item));
    case 'map':
      return Object.fromEntries(
        Object.entries(value as object).map(([name, item]) => [name, typed(model, shape.value, item)]),
      );
    case 'timestamp':
      return new Date(Number(value) * 1000);
    case 'blob':
      return Buffer.from(String(value));
    case 'float':
    case 'double':
      return Number(value);
    default:
      return value;
  }
}

function normalise(value: unknown): unknown {
  if (value === 'NaN') return Number.NaN;
  if (value === 'Infinity') return Number.POSITIVE_INFINITY;
  if (value === '-Infinity') return Number.NEGATIVE_INFINITY;
  if (Array.isArray(value)) return value.map(normalise);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normalise(item)]));
  }
  return value;
}

function headerOf(response: HttpResponse, name: string): string | undefined {
  const value = response.headers[name.toLowerCase()];
  return value === undefined ? undefined : canonicalHeader(name, String(value));
}

function canonicalHeader(name: string, value: string): string {
  if (/^(content-type)$/i.test(name))
    return value
      .toLowerCase()
      .replaceAll(' ', '')
      .replace('text/xml', 'application/xml')
      .replace(';charset=utf-8', '');
  return value.replace(/,\s+/g, ', ');
}

async function bodyText(response: HttpResponse): Promise<string> {
  const { body } = response;
  if (body === undefined) return '';
  if (typeof body === 'string') return Buffer.from(body, 'utf8').toString('latin1');
  return Buffer.from(body as Uint8Array).toString('latin1');
}

/** Member order, white space, declarations and empty documents are free. */
function canonicalBody(suite: Suite, latin: string): unknown {
  const bytes = Buffer.from(latin, 'latin1');
  const text = bytes.toString('utf8').trim();
  switch (suite.metadata.protocol) {
    case 'json':
    case 'rest-json':
      if (text === '') return {};
      return text.startsWith('{') || text.startsWith('[')
        ? withoutNamespace(
            JSON.parse(text, (_key, value) => (typeof value === 'string' ? canonicalText(value) : value)),
          )
        : text;
    case 'smithy-rpc-v2-cbor':
      return bytes.length === 0 ? {} : withoutNamespace(decodeCbor(bytes));
    default:
      return text.startsWith('<') ? canonicalXml(readXml(text)) : text;
  }
}

function withoutNamespace(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('__type' in value)) return value;
  return { ...value, __type: String(value.__type).replace(/^.*#/, '') };
}

/** Elements as nested pairs, sorted by name (lists keep their order among equal names); ids and namespaces of the root left out. */
function canonicalXml(element: XmlElement): unknown {
  const attributes = Object.entries(element.attributes ?? {})
    .filter(([name]) => !name.startsWith('xmlns'))
    .map(([name, value]) => `${name}=${value}`);
  const children = element.children
    .filter(({ name }) => !['ResponseMetadata', 'requestId', 'RequestId', 'RequestID'].includes(name))
    .map((child) => canonicalXml(child) as [string, string[], unknown])
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return [
    element.name,
    attributes.sort(),
    children.length > 0 ? children : canonicalText(element.text.trim()),
  ];
}

function canonicalText(text: string): string {
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return String(Date.parse(text) / 1000);
  if (/^\w{3}, \d\d \w{3} \d{4}/.test(text)) return String(Date.parse(text) / 1000);
  if (/^-?\d+(\.\d+)?$/.test(text)) return String(Number(text));
  return text;
}
