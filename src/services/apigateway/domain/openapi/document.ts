/** Reading an OpenAPI document as data of unknown shape, one careful step at a time. */
import { parse as parseYaml } from 'yaml';
import { BadRequestException } from '../../errors.ts';

export type Json = Record<string, unknown>;

export interface OpenApiDocument {
  root: Json;
  version: 2 | 3;
}

/** @param body JSON or YAML. @throws BadRequestException when it is neither, or no OpenAPI document. */
export function readDocument(body: Uint8Array): OpenApiDocument {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  if (text.trim() === '') throw new BadRequestException('Invalid OpenAPI input: the body is empty.');
  let root: unknown;
  try {
    root = /^\s*\{/.test(text) ? JSON.parse(text) : parseYaml(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new BadRequestException(`Unable to parse API definition because of a malformed document: ${why}`);
  }
  if (!isObject(root)) {
    throw new BadRequestException('Unable to parse API definition: the document is no object.');
  }
  if (textOf(root.swagger)?.startsWith('2')) return { root, version: 2 };
  if (textOf(root.openapi)?.startsWith('3.')) return { root, version: 3 };
  throw new BadRequestException('Invalid OpenAPI input: swagger 2.0 or openapi 3.x expected.');
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** Maps of texts: values that are no text are written as JSON. */
export function textsOf(value: unknown): Record<string, string> | undefined {
  if (!isObject(value)) return undefined;
  const texts: Record<string, string> = {};
  for (const [name, entry] of Object.entries(value)) texts[name] = textOf(entry) ?? JSON.stringify(entry);
  return texts;
}

export function textList(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.map((entry) => textOf(entry) ?? JSON.stringify(entry)) : undefined;
}

/** Follows `$ref: '#/…'`, through several hops. @throws BadRequestException when it leads nowhere. */
export function resolve(root: Json, value: unknown): Json {
  let current = value;
  for (let hops = 0; hops < 32; hops++) {
    if (!isObject(current)) return {};
    const reference = current.$ref;
    if (typeof reference !== 'string') return current;
    let target: unknown = root;
    for (const part of reference.replace(/^#\//, '').split('/')) {
      target = objectOf(target)[decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')];
    }
    if (target === undefined) {
      throw new BadRequestException(`Unable to resolve reference '${reference}' of the API definition.`);
    }
    current = target;
  }
  throw new BadRequestException('References of the API definition lead in a circle.');
}

export const httpMethods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const;
