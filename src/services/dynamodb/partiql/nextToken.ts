/** Where a SELECT goes on: opaque to clients, and of use only to the statement that it came from. */
import { createHash } from 'node:crypto';
import { type AttributeValue, base64, type Item } from '../domain/attributeValues.ts';
import type { Table } from '../domain/table.ts';
import { ValidationException } from '../errors.ts';

export interface Position {
  /** Which part of the plan. */
  readonly part: number;
  /** The key of the last item that was looked at, in that part. */
  readonly after?: Item;
}

/** Names a statement with its parameters over a table. */
export function fingerprint(text: string, parameters: readonly AttributeValue[], table: Table): string {
  const request = JSON.stringify([text, parameters.map(withText), table.id]);
  return createHash('sha256').update(request).digest('base64url').slice(0, 22);
}

export function encodePosition(of: string, { part, after }: Position): string {
  const key = after && Object.entries(after).map(([name, value]) => [name, withText(value)]);
  return Buffer.from(JSON.stringify([of, part, key ?? null])).toString('base64url');
}

/** @param of the statement's fingerprint. @throws ValidationException when the token isn't this statement's. */
export function decodePosition(of: string, token: string, parts: number): Position {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    throw invalid();
  }
  if (!Array.isArray(content) || content.length !== 3 || typeof content[0] !== 'string') throw invalid();
  if (content[0] !== of) throw new ValidationException('NextToken does not match request');
  const [, part, key] = content as [string, unknown, unknown];
  if (!Number.isInteger(part) || (part as number) < 0 || (part as number) >= parts) throw invalid();
  if (key === null) return { part: part as number };
  if (!Array.isArray(key)) throw invalid();
  const after: Item = {};
  for (const entry of key as unknown[]) {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string') throw invalid();
    after[entry[0]] = withBytes(entry[1]);
  }
  return { part: part as number, after };
}

function invalid(): Error {
  return new ValidationException('Invalid NextToken');
}

function withText(value: AttributeValue): object {
  return JSON.parse(
    JSON.stringify(value, (_name, content: unknown) =>
      content instanceof Uint8Array ? base64(content) : content,
    ),
  ) as object;
}

/** Keys are strings, numbers or bytes. */
function withBytes(value: unknown): AttributeValue {
  const { S, N, B } = (value ?? {}) as Record<string, unknown>;
  if (typeof S === 'string') return { S };
  if (typeof N === 'string') return { N };
  if (typeof B === 'string') return { B: Buffer.from(B, 'base64') };
  throw invalid();
}
