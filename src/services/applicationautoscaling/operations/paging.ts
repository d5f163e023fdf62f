/** Pages of the Describe operations. */
import { InvalidNextTokenException, ValidationException } from '../errors.ts';
import type { Context } from '../room.ts';

export interface DescribeInput {
  ServiceNamespace: string;
  ResourceId?: string;
  ScalableDimension?: string;
  MaxResults?: number;
  NextToken?: string;
}

interface Source<Record> {
  /** Name of the answer's list. */
  member: string;
  /** Records in a page: the most, and the default. */
  max: number;
  read(last: string[] | undefined, limit: number): Promise<Record[]>;
  keep(record: Record): boolean;
  /** What `read` goes on after. */
  place(record: Record): string[];
  describe(record: Record): object;
}

/** Records read at a time, while looking for those that are kept. */
const chunk = 100;

/** @throws ValidationException, InvalidNextTokenException */
export async function page<Record>(
  _ctx: Context,
  input: DescribeInput,
  source: Source<Record>,
): Promise<object> {
  if (input.ScalableDimension !== undefined && input.ResourceId === undefined && !('ResourceIds' in input)) {
    throw new ValidationException('If you specify a scalable dimension, you must also specify a resource ID');
  }
  const size = input.MaxResults ?? source.max;
  if (size < 1 || size > source.max) {
    throw new ValidationException(`MaxResults must be between 1 and ${source.max}`);
  }
  const found: Record[] = [];
  let last = input.NextToken === undefined ? undefined : readToken(input.NextToken);
  for (let more = true; more && found.length <= size; ) {
    const records = await source.read(last, chunk);
    for (const record of records) {
      if (source.keep(record)) found.push(record);
    }
    const end = records.at(-1);
    if (end) last = source.place(end);
    more = records.length === chunk;
  }
  const shown = found.slice(0, size);
  const end = shown.at(-1);
  return {
    [source.member]: shown.map((record) => source.describe(record)),
    ...(found.length > size && end ? { NextToken: writeToken(source.place(end)) } : {}),
  };
}

function writeToken(place: readonly string[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

function readToken(token: string): string[] {
  try {
    const place: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(place) && place.every((part) => typeof part === 'string' && part.isWellFormed()))
      return place;
  } catch {
    // Falls through to the same complaint.
  }
  throw new InvalidNextTokenException('The next token is not valid');
}
