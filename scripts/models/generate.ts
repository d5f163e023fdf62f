/** Joins an SDK's schemas and the constraints into a description in the structure of src/protocol/model.ts. */
import type {
  OperationModel,
  ProtocolName,
  ServiceModel,
  Shape,
  ShapeRef,
} from '../../src/protocol/model.ts';
import { type Constraints, type Schema, type Sdk, simpleCode, type Traits, type Use } from './sdk.ts';

const protocolNames: Record<string, { protocol: ProtocolName; jsonVersion?: string }> = {
  'aws.protocols#awsJson1_0': { protocol: 'json', jsonVersion: '1.0' },
  'aws.protocols#awsJson1_1': { protocol: 'json', jsonVersion: '1.1' },
  'aws.protocols#awsQuery': { protocol: 'query' },
  'aws.protocols#ec2Query': { protocol: 'ec2' },
  'aws.protocols#restJson1': { protocol: 'rest-json' },
  'aws.protocols#restXml': { protocol: 'rest-xml' },
  'smithy.protocols#rpcv2Cbor': { protocol: 'smithy-rpc-v2-cbor' },
};

/** Simple codes → the type and the name of a shape that botocore has no better name for. */
const simpleShapes: Record<number, { name: string; shape: Shape }> = {
  [simpleCode.string]: { name: 'String', shape: { type: 'string' } },
  [simpleCode.numeric]: { name: 'Number', shape: { type: 'double' } },
  [simpleCode.boolean]: { name: 'Boolean', shape: { type: 'boolean' } },
  [simpleCode.timestamp]: { name: 'Timestamp', shape: { type: 'timestamp' } },
  [simpleCode.timestampDateTime]: { name: 'Timestamp', shape: { type: 'timestamp' } },
  [simpleCode.timestampHttpDate]: { name: 'Timestamp', shape: { type: 'timestamp' } },
  [simpleCode.timestampEpochSeconds]: { name: 'Timestamp', shape: { type: 'timestamp' } },
  [simpleCode.document]: { name: 'Document', shape: { type: 'structure', members: {}, document: true } },
  [simpleCode.bigInteger]: { name: 'BigInteger', shape: { type: 'bigInteger' } },
  [simpleCode.bigDecimal]: { name: 'BigDecimal', shape: { type: 'bigDecimal' } },
  [simpleCode.blob]: { name: 'Blob', shape: { type: 'blob' } },
  [simpleCode.streamingBlob]: { name: 'Blob', shape: { type: 'blob' } },
};

const timestampFormats: Record<number, ShapeRef['timestampFormat']> = {
  [simpleCode.timestampDateTime]: 'iso8601',
  [simpleCode.timestampHttpDate]: 'rfc822',
  [simpleCode.timestampEpochSeconds]: 'unixTimestamp',
};

export function generateModel(sdk: Sdk, constraints: Constraints): ServiceModel {
  const shapes: Record<string, Shape> = {};
  const isRest = /#rest/.test(sdk.protocolId);

  function register(name: string, shape: Shape): string {
    const known = shapes[name];
    if (known && JSON.stringify(known) !== JSON.stringify(shape)) {
      throw new Error(`${sdk.package}: two shapes are named ${name}`);
    }
    shapes[name] = shape;
    return name;
  }

  /** @param hint the name that botocore gives a shape which the SDK has inlined. */
  function nameOf(schema: Exclude<Schema, { kind: 'unit' }>, hint: string | undefined): string {
    switch (schema.kind) {
      case 'simple': {
        const plain = simpleShapes[schema.code];
        if (!plain) throw new Error(`${sdk.package}: unknown simple schema ${schema.code}`);
        const facts = constraints.shapes[hint ?? plain.name];
        // Where the two disagree about the kind (S3's part number markers), clients get what the SDK says.
        const fits = facts !== undefined && kindOf(facts.type) === kindOf(plain.shape.type);
        const name = fits ? (hint ?? plain.name) : plain.name;
        const sensitive = schema.traits.sensitive ? { sensitive: true } : {};
        // What botocore calls a structure without members is any JSON.
        const isDocument = schema.code === simpleCode.document;
        const shape = fits && !isDocument ? { ...facts } : plain.shape;
        // The same name may be sensitive in one place only where the SDK inlines it: let the mark stay.
        const known = shapes[name];
        if (known && 'sensitive' in known) return name;
        if (known && schema.traits.sensitive) delete shapes[name];
        return register(name, { ...shape, ...sensitive } as Shape);
      }
      case 'list': {
        const name = schema.name ?? hint ?? `${nameOf(simple(schema.member), undefined)}List`;
        if (shapes[name]) return name;
        const facts = constraints.shapes[name];
        const list = { type: 'list', ...bounds(facts) } as Shape & { type: 'list' };
        shapes[name] = list;
        list.member = refOf(schema.member, facts?.member);
        if (schema.traits.sensitive) list.sensitive = true;
        return name;
      }
      case 'map': {
        const name = schema.name ?? hint ?? `${nameOf(simple(schema.value), undefined)}Map`;
        if (shapes[name]) return name;
        const facts = constraints.shapes[name];
        const map = { type: 'map', ...bounds(facts) } as Shape & { type: 'map' };
        shapes[name] = map;
        map.key = refOf(schema.key, facts?.key);
        map.value = refOf(schema.value, facts?.value);
        if (schema.traits.sensitive) map.sensitive = true;
        return name;
      }
      case 'structure': {
        if (shapes[schema.name]) return schema.name;
        const structure = { type: 'structure', members: {} } as Shape & { type: 'structure' };
        shapes[schema.name] = structure;
        const names = [...schema.members().keys()];
        const isDescribed = constraints.members[schema.name] ?? constraints.required[schema.name];
        const required = isDescribed
          ? constraints.required[schema.name]?.filter((member) => names.includes(member))
          : names.slice(0, schema.required);
        if (required?.length) structure.required = required;
        if (schema.union) structure.union = true;
        if (schema.traits.streaming) structure.eventstream = true;
        if (schema.traits.xmlName) structure.locationName = schema.traits.xmlName as string;
        if (schema.traits.xmlNamespace) structure.xmlNamespace = namespace(schema.traits.xmlNamespace);
        if (schema.exception) describeException(structure, schema.traits, sdk.protocolId);
        for (const [member, use] of schema.members()) {
          structure.members[member] = refOf(use, constraints.members[schema.name]?.[member], member);
          if (isRest && use.traits.httpPayload) structure.payload = member;
          if (structure.eventstream && use.schema.kind === 'structure') {
            const event = shapes[use.schema.name] as Shape & { type: 'structure' };
            if (!event.exception) event.event = true;
          }
        }
        return schema.name;
      }
    }
  }

  function refOf(use: Use, hint: string | undefined, member?: string): ShapeRef {
    if (use.schema.kind === 'unit') throw new Error('a unit is no member');
    const ref: ShapeRef = { shape: nameOf(use.schema, hint), ...bindings(use.traits, member, isRest) };
    if (use.schema.kind === 'simple') {
      const format = timestampFormats[use.schema.code];
      if (format) ref.timestampFormat = format;
      if (use.schema.code === simpleCode.streamingBlob) ref.streaming = true;
    }
    return ref;
  }

  const operations: Record<string, OperationModel> = {};
  for (const operation of sdk.operations.values()) {
    const [method = 'POST', uri = '/', responseCode = 200] = (operation.traits.http ?? []) as [
      string?,
      string?,
      number?,
    ];
    const described: OperationModel = {
      name: operation.name,
      http: { method, requestUri: requestUri(uri, operation.input.schema) },
    };
    if (responseCode !== 200) described.http.responseCode = responseCode;
    if (operation.input.schema.kind === 'structure') described.input = refOf(operation.input, undefined);
    if (operation.output.schema.kind === 'structure') described.output = refOf(operation.output, undefined);
    const errors = constraints.errors[operation.name];
    if (errors)
      described.errors = errors.filter((name) => sdk.exceptions.has(name)).map((shape) => ({ shape }));
    const [hostPrefix] = (operation.traits.endpoint ?? []) as [string?];
    if (hostPrefix) described.endpoint = { hostPrefix };
    if (operation.traits.httpChecksum) described.httpChecksumRequired = true;
    operations[operation.name] = described;
  }
  for (const exception of sdk.exceptions.values()) nameOf(exception as never, undefined);

  return {
    metadata: metadataOf(sdk, constraints),
    operations,
    shapes: Object.fromEntries(Object.entries(shapes).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function simple(use: Use): Exclude<Schema, { kind: 'unit' }> {
  if (use.schema.kind !== 'simple') throw new Error('an unnamed list or map holds something that has a name');
  return use.schema;
}

function kindOf(type: string): string {
  if (type === 'string' || type === 'character') return 'string';
  return /^(boolean|timestamp|blob|structure|list|map)$/.test(type) ? type : 'number';
}

function bounds(facts: { min?: number; max?: number } | undefined): { min?: number; max?: number } {
  return {
    ...(facts?.min === undefined ? {} : { min: facts.min }),
    ...(facts?.max === undefined ? {} : { max: facts.max }),
  };
}

/** @param isRest whether the protocol binds members to HTTP at all: the others carry them in the body whatever the traits say. */
function bindings(traits: Traits, member: string | undefined, isRest: boolean): Partial<ShapeRef> {
  const ref: Partial<ShapeRef> = {};
  const name = traits.xmlName ?? traits.jsonName;
  if (name) ref.locationName = name as string;
  if (isRest) Object.assign(ref, httpBindings(traits, member));
  if (traits.ec2QueryName) ref.queryName = traits.ec2QueryName as string;
  if (traits.xmlFlattened) ref.flattened = true;
  if (traits.xmlAttribute) ref.xmlAttribute = true;
  if (traits.xmlNamespace) ref.xmlNamespace = namespace(traits.xmlNamespace);
  if (traits.idempotencyToken) ref.idempotencyToken = true;
  if (traits.hostLabel) ref.hostLabel = true;
  if (traits.eventPayload) ref.eventpayload = true;
  if (traits.eventHeader) ref.eventheader = true;
  if (traits.sensitive) ref.sensitive = true;
  if (traits.mediaType === 'application/json') ref.jsonvalue = true;
  return ref;
}

function httpBindings(traits: Traits, member: string | undefined): Partial<ShapeRef> {
  if (traits.httpHeader) return { location: 'header', locationName: traits.httpHeader as string };
  if (traits.httpPrefixHeaders !== undefined) {
    return { location: 'headers', locationName: traits.httpPrefixHeaders as string };
  }
  if (traits.httpQuery) return { location: 'querystring', locationName: traits.httpQuery as string };
  if (traits.httpQueryParams) return { location: 'querystring' };
  if (traits.httpLabel) return { location: 'uri', ...(member === undefined ? {} : { locationName: member }) };
  return traits.httpResponseCode ? { location: 'statusCode' } : {};
}

function namespace(trait: unknown): NonNullable<ShapeRef['xmlNamespace']> {
  if (typeof trait === 'string') return trait;
  const [prefix, uri] = trait as [string | number, string];
  return prefix ? { uri, prefix: String(prefix) } : uri;
}

function describeException(
  structure: Shape & { type: 'structure' },
  traits: Traits,
  protocolId: string,
): void {
  structure.exception = true;
  const [code, queryStatus] = (traits.awsQueryError ?? []) as [string?, number?];
  // The status of awsQueryError counts for the query protocols only. Services that speak awsJson answer 400 or 500 whatever
  // their models say: the API reference has “HTTP Status Code: 400” for each client error, and clients report it
  // (https://github.com/aws/aws-sdk-js-v3/issues/3113, https://github.com/cloudposse/docs/issues/152).
  const isQuery = /Query$/.test(protocolId);
  const modelled = /awsJson/.test(protocolId) ? undefined : (traits.httpError as number | undefined);
  const status = modelled ?? (isQuery ? queryStatus : undefined);
  const server = traits.error === 'server';
  if (server) structure.fault = true;
  structure.error = {
    ...(code === undefined ? {} : { code }),
    httpStatusCode: status ?? (server ? 500 : 400),
    ...(code === undefined ? {} : { senderFault: !server }),
  };
}

/** S3's schemas keep the bucket out of the path (endpoint rules put it into the host) and add `x-id` for the SDK's own use. */
function requestUri(uri: string, input: Schema): string {
  const [path = '/', query = ''] = uri.split('?');
  const literals = query.split('&').filter((part) => part !== '' && !part.startsWith('x-id='));
  let full = path;
  if (input.kind === 'structure') {
    for (const [member, use] of input.members()) {
      if (use.traits.httpLabel && !new RegExp(`\\{${member}\\+?\\}`).test(full)) {
        full = full === '/' ? `/{${member}}` : `/{${member}}${full}`;
      }
    }
  }
  return literals.length > 0 ? `${full}?${literals.join('&')}` : full;
}

function metadataOf(sdk: Sdk, constraints: Constraints): ServiceModel['metadata'] {
  const spoken = protocolNames[sdk.protocolId];
  if (!spoken) throw new Error(`${sdk.package} speaks ${sdk.protocolId}, which no codec knows`);
  const facts = constraints.metadata as Partial<ServiceModel['metadata']>;
  const { xmlNamespace, serviceTarget, awsQueryCompatible } = sdk.settings;
  const protocols = [...new Set([spoken.protocol, ...(facts.protocols ?? [])])];
  const endpointPrefix = facts.endpointPrefix;
  return {
    serviceId: sdk.serviceId,
    apiVersion: sdk.apiVersion,
    ...spoken,
    protocols,
    ...(spoken.protocol === 'json' && serviceTarget ? { targetPrefix: serviceTarget } : {}),
    ...(xmlNamespace && spoken.protocol !== 'json' ? { xmlNamespace } : {}),
    ...(endpointPrefix ? { endpointPrefix } : {}),
    signingName: facts.signingName ?? endpointPrefix ?? sdk.serviceId.toLowerCase(),
    ...(awsQueryCompatible ? { awsQueryCompatible: {} } : {}),
  };
}
