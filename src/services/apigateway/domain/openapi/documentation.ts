/**
 * Documentation parts in OpenAPI documents: read from one, and written into one.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-documenting-api-content-representation.html
 */
import { BadRequestException } from '../../errors.ts';
import type { DocumentationLocation, DocumentationPart, DocumentationVersion } from '../recorded.ts';
import { httpMethods, isObject, type Json, listOf, objectOf, resolve, textOf } from './document.ts';

export type ImportedPart = Omit<DocumentationPart, 'id'>;

const extension = 'x-amazon-apigateway-documentation';

/** Which members of a location each type may have beside its type. */
const members: Readonly<Record<string, readonly (keyof DocumentationLocation)[]>> = {
  API: [],
  AUTHORIZER: ['name'],
  MODEL: ['name'],
  RESOURCE: ['path'],
  METHOD: ['path', 'method'],
  PATH_PARAMETER: ['path', 'method', 'name'],
  QUERY_PARAMETER: ['path', 'method', 'name'],
  REQUEST_HEADER: ['path', 'method', 'name'],
  REQUEST_BODY: ['path', 'method'],
  RESPONSE: ['path', 'method', 'statusCode'],
  RESPONSE_HEADER: ['path', 'method', 'statusCode', 'name'],
  RESPONSE_BODY: ['path', 'method', 'statusCode'],
};

/** What a location means: absent members stand for all ("the default value is /", `*`). */
export function readLocation(value: unknown): DocumentationLocation {
  const given = objectOf(value);
  const type = textOf(given.type)?.toUpperCase() ?? '';
  const takes = members[type];
  if (!takes) throw new BadRequestException(`Invalid documentation part type: '${type}'`);
  const location: DocumentationLocation = { type };
  for (const member of ['path', 'method', 'statusCode', 'name'] as const) {
    const said = textOf(given[member]);
    if (said === undefined) continue;
    if (!takes.includes(member)) {
      throw new BadRequestException(`Documentation part of type ${type} can't have a ${member}`);
    }
    location[member] = member === 'method' ? said.toUpperCase() : said;
  }
  if (takes.includes('path')) location.path ??= '/';
  if (takes.includes('method')) location.method ??= '*';
  if (takes.includes('statusCode')) location.statusCode ??= '*';
  if (takes.includes('name') && !location.name) {
    throw new BadRequestException(`Documentation part of type ${type} needs a name`);
  }
  return location;
}

/** @param value a JSON object, as a text or as it is. */
export function readProperties(value: unknown): string {
  let parsed: unknown = value;
  if (typeof value === 'string') {
    try {
      parsed = JSON.parse(value);
    } catch {
      throw new BadRequestException('Documentation part properties must be a valid JSON object');
    }
  }
  if (!isObject(parsed)) {
    throw new BadRequestException('Documentation part properties must be a valid JSON object');
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Two parts for one place can't be. */
export function locationKey({ type, path, method, statusCode, name }: DocumentationLocation): string {
  return JSON.stringify([type, path, method, statusCode, name]);
}

/**
 * The parts that a document carries: its extension's, or else what its descriptions and summaries say.
 * @param placed a path of the document as one of the API.
 */
export function readDocumentation(root: Json, placed: (path: string) => string): ImportedPart[] {
  const said = root[extension];
  if (isObject(said)) {
    return listOf(said.documentationParts).map((part) => ({
      location: readLocation(objectOf(part).location),
      properties: readProperties(objectOf(part).properties),
    }));
  }
  const parts: ImportedPart[] = [];
  for (const [path, item] of Object.entries(objectOf(root.paths))) {
    readPath(root, placed(path), resolve(root, item), parts);
  }
  return parts;
}

function readPath(root: Json, path: string, item: Json, parts: ImportedPart[]): void {
  add(parts, { type: 'RESOURCE', path }, item, ['summary', 'description']);
  for (const name of [...httpMethods, 'x-amazon-apigateway-any-method']) {
    const operation = item[name];
    if (!isObject(operation)) continue;
    const place = { path, method: name.startsWith('x-') ? 'ANY' : name.toUpperCase() };
    add(parts, { type: 'METHOD', ...place }, operation, ['summary', 'description', 'tags', 'deprecated']);
    for (const entry of [...listOf(item.parameters), ...listOf(operation.parameters)]) {
      const parameter = resolve(root, entry);
      const type = parameterTypes[textOf(parameter.in) ?? ''];
      const named = type === 'REQUEST_BODY' ? {} : { name: textOf(parameter.name) };
      if (type) add(parts, { type, ...place, ...named }, parameter, ['description']);
    }
    add(parts, { type: 'REQUEST_BODY', ...place }, resolve(root, operation.requestBody), ['description']);
    for (const [statusCode, entry] of Object.entries(objectOf(operation.responses))) {
      if (!/^\d{3}$/.test(statusCode)) continue;
      const response = resolve(root, entry);
      const { description } = response;
      // What an export writes where nothing is documented, because OpenAPI wants a description.
      if (description !== `${statusCode} response`) {
        add(parts, { type: 'RESPONSE', ...place, statusCode }, response, ['description']);
      }
      for (const [name, header] of Object.entries(objectOf(response.headers))) {
        const at = { type: 'RESPONSE_HEADER', ...place, statusCode, name };
        add(parts, at, resolve(root, header), ['description']);
      }
    }
  }
}

const parameterTypes: Record<string, string> = {
  query: 'QUERY_PARAMETER',
  path: 'PATH_PARAMETER',
  header: 'REQUEST_HEADER',
  body: 'REQUEST_BODY',
};

function add(
  parts: ImportedPart[],
  location: DocumentationLocation,
  from: Json,
  names: readonly string[],
): void {
  const said = names.filter((name) => from[name] !== undefined && from[name] !== '');
  if (said.length === 0) return;
  const properties = JSON.stringify(Object.fromEntries(said.map((name) => [name, from[name]])));
  if (!parts.some((part) => locationKey(part.location) === locationKey(location))) {
    parts.push({ location, properties });
  }
}

export function documentationExtension(version: DocumentationVersion | undefined): Json {
  if (!version) return {};
  return {
    [extension]: {
      version: version.version,
      createdDate: `${new Date(version.createdDate).toISOString().slice(0, 19)}Z`,
      // In the order of their places, so that the same parts make the same document whatever their ids.
      documentationParts: [...version.parts]
        .sort((a, b) => (locationKey(a.location) < locationKey(b.location) ? -1 : 1))
        .map(({ location, properties }) => ({ location, properties: JSON.parse(properties) as unknown })),
    },
  };
}

/** The parts of a version, by the place that an export writes. */
export class Documents {
  readonly #parts: readonly DocumentationPart[];

  constructor(parts: readonly DocumentationPart[]) {
    this.#parts = parts;
  }

  /** What the API's own part says of contact, licence and terms. */
  info(): Json {
    const part = this.#parts.find(({ location }) => location.type === 'API');
    const { contact, license, termsOfService } = objectOf(part && objectOf(JSON.parse(part.properties)).info);
    const info: Json = { contact, license, termsOfService };
    return Object.fromEntries(Object.entries(info).filter(([, value]) => value !== undefined));
  }

  /** The fields for a place: its own part's, over those that it inherits from paths above and from `*`. */
  fields(type: string, place: Omit<DocumentationLocation, 'type'>): Json {
    const names = fieldsByType[type] ?? ['description'];
    const candidates = this.#parts
      .filter(({ location }) => location.type === type && covers(location, place))
      .sort((a, b) => weight(a.location) - weight(b.location));
    const fields: Json = {};
    for (const { properties } of candidates) {
      const said = objectOf(JSON.parse(properties));
      for (const name of names) if (said[name] !== undefined) fields[name] = said[name];
    }
    return fields;
  }
}

const fieldsByType: Readonly<Record<string, readonly string[]>> = {
  RESOURCE: ['summary', 'description'],
  METHOD: ['summary', 'description', 'tags', 'deprecated'],
};

function covers(location: DocumentationLocation, place: Omit<DocumentationLocation, 'type'>): boolean {
  const path = location.path ?? '/';
  const at = place.path ?? '/';
  const isAbove = path === '/' || at === path || at.startsWith(`${path}/`);
  return (
    isAbove &&
    (location.method === undefined || location.method === '*' || location.method === place.method) &&
    (location.statusCode === undefined ||
      location.statusCode === '*' ||
      location.statusCode === place.statusCode) &&
    (location.name === undefined || location.name === place.name)
  );
}

/** The more a location says, the later it is asked, and the more its word counts. */
function weight({ path, method, statusCode }: DocumentationLocation): number {
  const depth = (path ?? '/').split('/').filter((part) => part !== '').length;
  return depth * 4 + (method && method !== '*' ? 2 : 0) + (statusCode && statusCode !== '*' ? 1 : 0);
}
