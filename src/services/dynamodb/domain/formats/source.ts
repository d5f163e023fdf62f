/** What reading a source file of an import yields, whatever its format. */
import type { Item } from '../attributeValues.ts';

/** One record of a source file: an item, or why it is none; the record after it may be one all the same. */
export type SourceRecord = { readonly item: Item } | { readonly fault: string };

/** Chunks of a file, decompressed. */
export type Chunks = AsyncIterable<Uint8Array>;

/** The file can't be read any further: DynamoDB gives up the rest of the object. */
export class Malformed extends Error {}

/**
 * Bytes of one record as text. An item has 400 KB at most; what a format makes of it (escapes of six characters for one,
 * names of types around single digits) is less than eight times as much. Ours, so that no line fills the memory.
 */
export const recordBytesMax = 4 * 1024 * 1024;
