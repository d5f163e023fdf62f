/** Members that travel in the path, the query, headers and the status. https://smithy.io/2.0/spec/http-bindings.html */
import { type HttpRequest, type HttpResponse, SerializationException } from '../kernel/index.ts';
import type { ServiceModel, ShapeRef, StructureShape } from './model.ts';
import {
  formatBlob,
  formatNumber,
  formatTimestamp,
  parseBlob,
  parseBoolean,
  parseNumber,
  parseTimestamp,
} from './scalars.ts';
import { isPlainObject, type Shapes, setKey, shapeOf, timestampFormatOf } from './shapes.ts';

type Fill = (target: Record<string, unknown>, request: HttpRequest, query: Query) => void;
type Query = Map<string, string[]>;

export interface BindingOptions {
  /** S3: presigned URLs carry `x-amz-` headers in the query, and dates that are none count as not sent (RFC 9110). */
  s3: boolean;
}

/** Reads every bound member of `shape` from a request. */
export function bindingsReader(
  model: ServiceModel,
  shape: StructureShape,
  requestUri: string,
  options: BindingOptions,
): (target: Record<string, unknown>, request: HttpRequest) => void {
  const fills: Fill[] = [];
  const labels = labelReaders(requestUri);
  let usesQuery = false;
  const [, literals = ''] = requestUri.split('?');
  const taken = new Set(literals.split('&').map((part) => part.split('=')[0]));
  for (const ref of Object.values(shape.members)) {
    if (ref.location === 'querystring' && ref.locationName) taken.add(ref.locationName);
  }
  const labelled: [name: string, label: LabelReader, parse: (text: string) => unknown][] = [];
  for (const [name, ref] of Object.entries(shape.members)) {
    switch (ref.location) {
      case 'uri':
        labelled.push([
          name,
          labels.get(ref.locationName ?? name) ?? nowhere,
          textReader(model.shapes, ref, 'iso8601'),
        ]);
        break;
      case 'querystring':
        usesQuery = true;
        fills.push(
          ref.locationName
            ? queryFill(model.shapes, name, ref, ref.locationName)
            : queryMapFill(model.shapes, name, ref, taken),
        );
        break;
      case 'header':
        if (options.s3) usesQuery = true;
        fills.push(headerFill(model.shapes, name, ref, options));
        break;
      case 'headers':
        if (options.s3) usesQuery = true;
        fills.push(prefixFill(name, (ref.locationName ?? '').toLowerCase(), options));
        break;
      default:
    }
  }
  const noQuery: Query = new Map();
  return (target, request) => {
    if (labelled.length > 0) {
      const parts = request.path.split('/');
      // What stands before the first slash.
      parts.shift();
      for (const [name, label, parse] of labelled) {
        const text = label(parts);
        if (text !== undefined) target[name] = parse(text);
      }
    }
    const query = usesQuery ? readQuery(request.query) : noQuery;
    for (const fill of fills) fill(target, request, query);
  };
}

/** Finds the decoded text of a label among the segments of a path. */
type LabelReader = (parts: readonly string[]) => string | undefined;

const nowhere: LabelReader = () => undefined;

/** By label. A greedy one takes all that the segments after it leave. */
function labelReaders(requestUri: string): Map<string, LabelReader> {
  const [path = '/'] = requestUri.split('?');
  const segments = path.split('/').slice(1);
  const greedyAt = segments.findIndex((segment) => /^\{[^}]+\+\}$/.test(segment));
  const readers = new Map<string, LabelReader>();
  for (const [index, segment] of segments.entries()) {
    const label = /^\{([^}+]+)\+?\}$/.exec(segment)?.[1];
    if (label === undefined) continue;
    if (greedyAt < 0) {
      readers.set(label, (parts) => decoded(parts[index]));
      continue;
    }
    readers.set(label, (parts) => {
      const extra = parts.length - segments.length;
      const start = index > greedyAt ? index + extra : index;
      const end = index === greedyAt ? start + extra + 1 : start + 1;
      return parts.length > start ? decodePath(parts.slice(start, end).join('/')) : undefined;
    });
  }
  return readers;
}

function decoded(part: string | undefined): string | undefined {
  return part === undefined ? undefined : decodePath(part);
}

function decodePath(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new SerializationException('The path is not valid percent-encoded UTF-8');
  }
}

export function readQuery(query: string): Query {
  const parsed: Query = new Map();
  if (query === '') return parsed;
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decodeQuery(equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? '' : decodeQuery(part.slice(equals + 1));
    const values = parsed.get(name);
    if (values) values.push(value);
    else parsed.set(name, [value]);
  }
  return parsed;
}

function decodeQuery(text: string): string {
  try {
    return decodeURIComponent(text.includes('+') ? text.replaceAll('+', ' ') : text);
  } catch {
    throw new SerializationException('The query string is not valid percent-encoded UTF-8');
  }
}

function queryFill(shapes: Shapes, name: string, ref: ShapeRef, key: string): Fill {
  const shape = shapeOf(shapes, ref);
  if (shape.type === 'list') {
    const parse = textReader(shapes, shape.member, 'iso8601');
    return (target, _request, query) => {
      const values = query.get(key);
      if (values) target[name] = values.map(parse);
    };
  }
  if (shape.type === 'map') return queryMapFill(shapes, name, ref, new Set());
  const parse = textReader(shapes, ref, 'iso8601');
  const keepsEmpty = shape.type === 'string';
  return (target, _request, query) => {
    const value = query.get(key)?.[0];
    if (value !== undefined && (value !== '' || keepsEmpty)) target[name] = parse(value);
  };
}

/** A map without a name of its own takes every parameter that nothing else takes: neither a member, the route, nor the signature. */
function queryMapFill(shapes: Shapes, name: string, ref: ShapeRef, taken: Set<string | undefined>): Fill {
  const shape = shapeOf(shapes, ref);
  const lists = shape.type === 'map' && shapeOf(shapes, shape.value).type === 'list';
  return (target, _request, query) => {
    const map: Record<string, unknown> = {};
    let any = false;
    for (const [key, values] of query) {
      if (taken.has(key) || key.toLowerCase().startsWith('x-amz-')) continue;
      setKey(map, key, lists ? values : values[0]);
      any = true;
    }
    if (any) target[name] = map;
  };
}

function headerFill(shapes: Shapes, name: string, ref: ShapeRef, { s3 }: BindingOptions): Fill {
  const key = (ref.locationName ?? name).toLowerCase();
  const shape = shapeOf(shapes, ref);
  const hoisted = s3 && key.startsWith('x-amz-');
  if (shape.type === 'list') {
    const parse = textReader(shapes, shape.member, 'rfc822');
    const item = shapeOf(shapes, shape.member);
    const dates = item.type === 'timestamp' && timestampFormatOf(shape.member, item, 'rfc822') === 'rfc822';
    return (target, request, query) => {
      const value = request.headers[key] ?? (hoisted ? query.get(key)?.[0] : undefined);
      if (value !== undefined && value !== '') target[name] = splitHeader(value, dates).map(parse);
    };
  }
  const parse = textReader(shapes, ref, 'rfc822');
  const lenient = s3 && shape.type === 'timestamp';
  return (target, request, query) => {
    const value = request.headers[key] ?? (hoisted ? query.get(key)?.[0] : undefined);
    if (value === undefined || (value === '' && shape.type !== 'string')) return;
    try {
      target[name] = parse(value);
    } catch (error) {
      if (!lenient) throw error;
    }
  };
}

function prefixFill(name: string, prefix: string, { s3 }: BindingOptions): Fill {
  return (target, request, query) => {
    const map: Record<string, unknown> = {};
    let any = false;
    for (const header in request.headers) {
      if (!header.startsWith(prefix)) continue;
      setKey(map, header.slice(prefix.length), request.headers[header]);
      any = true;
    }
    if (s3) {
      for (const [parameter, values] of query) {
        const key = parameter.toLowerCase();
        if (!key.startsWith(prefix) || Object.hasOwn(map, key.slice(prefix.length))) continue;
        setKey(map, key.slice(prefix.length), values[0]);
        any = true;
      }
    }
    if (any) target[name] = map;
  };
}

/** Comma-separated values, quoted where they hold commas; HTTP dates hold one themselves. */
function splitHeader(value: string, dates: boolean): string[] {
  const items: string[] = [];
  if (dates) {
    const parts = value.split(',').map((part) => part.trim());
    for (let index = 0; index + 1 < parts.length; index += 2)
      items.push(`${parts[index]}, ${parts[index + 1]}`);
    return items;
  }
  for (const match of value.matchAll(/\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)/g)) {
    if (match[0] === '' && match.index === value.length) break;
    items.push(match[1] === undefined ? (match[2] ?? '').trim() : match[1].replace(/\\(.)/g, '$1'));
  }
  return items;
}

function textReader(
  shapes: Shapes,
  ref: ShapeRef,
  defaultTime: 'iso8601' | 'rfc822',
): (text: string) => unknown {
  const shape = shapeOf(shapes, ref);
  if (ref.jsonvalue || ('jsonvalue' in shape && shape.jsonvalue)) return readJsonHeader;
  switch (shape.type) {
    case 'string':
    case 'character':
      return (text) => text;
    case 'boolean':
      return parseBoolean;
    case 'blob':
      return parseBlob;
    case 'timestamp': {
      const format = timestampFormatOf(ref, shape, defaultTime);
      return (text) => parseTimestamp(text, format);
    }
    case 'structure':
    case 'list':
    case 'map':
      throw new Error(`${ref.shape} can't be bound to a header, path or query`);
    default:
      return (text) => parseNumber(text, shape.type);
  }
}

function readJsonHeader(text: string): unknown {
  return Buffer.from(parseBlob(text)).toString('utf8');
}

/** Writes every bound member of an output (or an error) into headers and status. */
export function bindingsWriter(
  shapes: Shapes,
  shape: StructureShape,
): (output: Record<string, unknown>, response: HttpResponse) => void {
  const writes: ((output: Record<string, unknown>, response: HttpResponse) => void)[] = [];
  for (const [name, ref] of Object.entries(shape.members)) {
    if (ref.location === 'header') writes.push(headerWrite(shapes, name, ref));
    if (ref.location === 'headers') {
      const prefix = ref.locationName ?? '';
      writes.push((output, response) => {
        const map = output[name];
        if (!isPlainObject(map)) return;
        for (const [key, value] of Object.entries(map)) {
          const header = `${prefix}${key}`.toLowerCase();
          // An unnamed prefix takes all headers of a response; the ones with a name of their own stand.
          if (isToken(header)) response.headers[header] ??= headerText(String(value));
        }
      });
    }
    if (ref.location === 'statusCode') {
      writes.push((output, response) => {
        if (typeof output[name] === 'number') response.status = output[name];
      });
    }
  }
  return (output, response) => {
    for (const write of writes) write(output, response);
  };
}

function headerWrite(
  shapes: Shapes,
  name: string,
  ref: ShapeRef,
): (output: Record<string, unknown>, response: HttpResponse) => void {
  const header = (ref.locationName ?? name).toLowerCase();
  const shape = shapeOf(shapes, ref);
  if (shape.type === 'list') {
    const text = textWriter(shapes, shape.member);
    const quotes = shapeOf(shapes, shape.member).type === 'string';
    return (output, response) => {
      const values = output[name];
      if (!Array.isArray(values)) return;
      response.headers[header] = values
        .map((value) => text(value))
        .map((value) => (quotes && /[",]/.test(value) ? `"${value.replace(/(["\\])/g, '\\$1')}"` : value))
        .join(', ');
    };
  }
  const text = textWriter(shapes, ref);
  return (output, response) => {
    const value = output[name];
    if (value !== undefined && value !== null) response.headers[header] = headerText(text(value));
  };
}

function textWriter(shapes: Shapes, ref: ShapeRef): (value: unknown) => string {
  const shape = shapeOf(shapes, ref);
  if (ref.jsonvalue || ('jsonvalue' in shape && shape.jsonvalue)) {
    return (value) =>
      Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64');
  }
  switch (shape.type) {
    case 'blob':
      return formatBlob;
    case 'timestamp': {
      const format = timestampFormatOf(ref, shape, 'rfc822');
      return (value) => formatTimestamp(value, format);
    }
    case 'boolean':
    case 'string':
    case 'character':
      return String;
    default:
      return formatNumber;
  }
}

/** What would end the header early, or isn't Latin-1, is written as UTF-8 bytes or dropped, never sent as it is. */
function headerText(text: string): string {
  const safe = text.replace(/[\u0000-\u0008\n-\u001f\u007f]/g, ' ');
  return /[^\u0000-\u00ff]/.test(safe) ? Buffer.from(safe, 'utf8').toString('latin1') : safe;
}

function isToken(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name);
}
