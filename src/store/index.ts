export type { Blobs, StagedBlob } from './blobs.port.ts';
export { decodeKey, encodeKey } from './keys.ts';
export { keyBytesMax, type LmdbOptions, LmdbStore } from './lmdb.ts';
export type { LogEntry, Logs } from './logs.port.ts';
export { MemoryStore } from './memory.ts';
export type { DecimalPart, Entry, Key, KeyPart, KeyRange, Reader, Store, Transaction } from './port.ts';
export {
  type Codec,
  declaredPrefixes,
  packed,
  type RecordEntry,
  type RecordRange,
  type RecordSet,
  rawBytes,
  recordSet,
} from './records.ts';
