export type { Blobs, StagedBlob } from './blobs.port.ts';
export { FileBlobs } from './blobs.ts';
export { UnknownFormat } from './format.ts';
export { encodeKey } from './keys.ts';
export { type LmdbOptions, LmdbStore } from './lmdb.ts';
export { FolderLocked } from './lock.ts';
export type { LogEntry, Logs } from './logs.port.ts';
export { StoreLogs } from './logs.ts';
export { MemoryStore } from './memory.ts';
export { type OpenedStore, type OpenStoreOptions, openStore } from './open.ts';
export type { DecimalPart, Entry, Key, KeyPart, KeyRange, Reader, Store, Transaction } from './port.ts';
export { openPostgresStore, type PostgresOptions, type PostgresStore } from './postgres.ts';
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
export { sealed } from './sealed.ts';
export { loadSnapshot, NotASnapshot, type SnapshotSummary, saveSnapshot } from './snapshot.ts';
