/** Reads the runtime schemas that an SDK package exports. This is the only file that knows their tuple layout. */

/** What botocore's data says and the SDK's schemas don't. Keyed by the SDK's shape names. */
export interface Constraints {
  source: string;
  metadata: Record<string, unknown>;
  /** Simple shapes with their constraints; lists and maps with the names of what they hold. */
  shapes: Record<string, SimpleFacts>;
  /** Structure → member → name of its shape, when that isn't a structure. */
  members: Record<string, Record<string, string>>;
  /** Structure → members that must be there. */
  required: Record<string, string[]>;
  /** Operation → its errors. */
  errors: Record<string, string[]>;
}

export interface SimpleFacts {
  type: string;
  enum?: string[];
  min?: number;
  max?: number;
  pattern?: string;
  timestampFormat?: string;
  member?: string;
  key?: string;
  value?: string;
}

export type Traits = Readonly<Record<string, unknown>>;

/** A schema behind its lazy references, with the traits of its place of use. */
export interface Use {
  schema: Schema;
  traits: Traits;
}

export type Schema =
  | { kind: 'simple'; code: number; name: string | undefined; traits: Traits }
  | { kind: 'list'; name: string | undefined; traits: Traits; member: Use }
  | { kind: 'map'; name: string | undefined; traits: Traits; key: Use; value: Use }
  | {
      kind: 'structure';
      name: string;
      traits: Traits;
      union: boolean;
      exception: boolean;
      /** Lazy: structures contain themselves. */
      members(): Map<string, Use>;
      required: number;
    }
  | { kind: 'unit' };

export interface SdkOperation {
  name: string;
  traits: Traits;
  input: Use;
  output: Use;
}

export interface Sdk {
  package: string;
  serviceId: string;
  apiVersion: string;
  protocolId: string;
  settings: { xmlNamespace?: string; serviceTarget?: string; awsQueryCompatible?: boolean };
  operations: Map<string, SdkOperation>;
  exceptions: Map<string, Schema>;
}

/** Codes of simple schemas, see @smithy/core/schema. */
export const simpleCode = {
  string: 0,
  numeric: 1,
  boolean: 2,
  timestamp: 4,
  timestampDateTime: 5,
  timestampHttpDate: 6,
  timestampEpochSeconds: 7,
  document: 15,
  bigInteger: 17,
  bigDecimal: 19,
  blob: 21,
  streamingBlob: 42,
} as const;

const listModifier = 64;
const mapModifier = 128;

export async function readSdk(service: string): Promise<Sdk> {
  const packageName = `@aws-sdk/client-${service}`;
  const exported = (await import(packageName)) as Record<string, unknown>;
  const Client = Object.entries(exported).find(([name]) => /^(?!__).+Client$/.test(name))?.[1];
  const client = new (Client as new (options: object) => { config: Record<string, never> })({
    region: 'us-east-1',
  });
  const protocol = client.config.protocol as unknown as { getShapeId(): string };
  const operations = new Map<string, SdkOperation>();
  const exceptions = new Map<string, Schema>();
  for (const [name, value] of Object.entries(exported)) {
    if (!name.endsWith('$') || !Array.isArray(value)) continue;
    if (value[0] === 9) {
      const [, , operation, traits, input, output] = value as [
        number,
        string,
        string,
        unknown,
        unknown,
        unknown,
      ];
      operations.set(operation, {
        name: operation,
        traits: traitsOf(traits),
        input: useOf(input),
        output: useOf(output),
      });
    } else if (value[0] === -3) {
      exceptions.set(value[2] as string, schemaOf(value));
    }
  }
  return {
    package: packageName,
    serviceId: client.config.serviceId as unknown as string,
    apiVersion: client.config.apiVersion as unknown as string,
    protocolId: protocol.getShapeId(),
    settings: client.config.protocolSettings as unknown as Sdk['settings'],
    operations: new Map([...operations].sort(byName)),
    exceptions: new Map([...exceptions].sort(byName)),
  };
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

const cache = new Map<unknown, Schema>();

function schemaOf(raw: unknown): Schema {
  const target = typeof raw === 'function' ? (raw as () => unknown)() : raw;
  const known = cache.get(target);
  if (known) return known;
  const schema = decode(target);
  cache.set(target, schema);
  return schema;
}

function decode(raw: unknown): Schema {
  if (raw === 'unit') return { kind: 'unit' };
  if (typeof raw === 'number') {
    if (raw >= mapModifier) {
      return { kind: 'map', name: undefined, traits: {}, key: useOf(0), value: useOf(raw - mapModifier) };
    }
    if (raw >= listModifier)
      return { kind: 'list', name: undefined, traits: {}, member: useOf(raw - listModifier) };
    return { kind: 'simple', code: raw, name: undefined, traits: {} };
  }
  if (!Array.isArray(raw)) throw new Error(`unknown schema ${String(raw)}`);
  const [kind, , name, rawTraits, ...rest] = raw as [number, string, string, unknown, ...unknown[]];
  const traits = traitsOf(rawTraits);
  switch (kind) {
    case 0: {
      const inner = schemaOf(rest[0]);
      return inner.kind === 'unit'
        ? inner
        : ({ ...inner, name: inner.kind === 'simple' ? name : inner.name, traits } as Schema);
    }
    case 1:
      return { kind: 'list', name, traits, member: useOf(rest[0]) };
    case 2:
      return { kind: 'map', name, traits, key: useOf(rest[0] ?? 0), value: useOf(rest[1]) };
    case 3:
    case 4:
    case -3: {
      const [names, schemas, required] = rest as [string[], unknown[], number | undefined];
      return {
        kind: 'structure',
        name,
        traits,
        union: kind === 4,
        exception: kind === -3,
        required: required ?? 0,
        members: () => new Map(names.map((member, index) => [member, useOf(schemas[index])])),
      };
    }
    default:
      throw new Error(`unknown schema kind ${kind} of ${name}`);
  }
}

/** A member is `[schema, traits]`, or the schema alone when it has no traits of its own. */
function useOf(raw: unknown): Use {
  if (Array.isArray(raw) && raw.length === 2) {
    const inner = useOf(raw[0]);
    return { schema: inner.schema, traits: { ...inner.traits, ...traitsOf(raw[1]) } };
  }
  return { schema: schemaOf(raw), traits: {} };
}

const traitBits = [
  'httpLabel',
  'idempotent',
  'idempotencyToken',
  'sensitive',
  'httpPayload',
  'httpResponseCode',
  'httpQueryParams',
];

function traitsOf(raw: unknown): Traits {
  if (typeof raw === 'object' && raw !== null) return raw as Traits;
  const bits = Number(raw ?? 0);
  return Object.fromEntries(traitBits.flatMap((trait, bit) => ((bits >> bit) & 1 ? [[trait, 1]] : [])));
}
