/**
 * Large bytes (S3 objects, function code). Written to a temporary name, synced, renamed, then made visible
 * by a store transaction; what no transaction claimed is collected at start.
 */
import type { Readable } from 'node:stream';
import type { Transaction } from './port.ts';

export interface StagedBlob {
  readonly id: string;
  /** Bytes. */
  readonly size: number;
  /** Digests of the content in hex, computed while it was written. */
  readonly md5: string;
  readonly sha256: string;
}

export interface Blobs {
  /** Writes content durably under a new id. Invisible (and collected at the next start) until `claim`. */
  stage(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<StagedBlob>;
  /** Deletes a staged blob that no transaction will claim after all. */
  discard(id: string): Promise<void>;
  /** Makes a staged blob permanent, in the transaction that refers to it. */
  claim(tx: Transaction, id: string): void;
  /** Forgets a blob in `tx`; its file goes after the commit. */
  release(tx: Transaction, id: string): void;
  /** Bytes `start` to `end` (inclusive, as HTTP ranges), all by default. @throws when the blob isn't there. */
  read(id: string, range?: { start: number; end: number }): Readable;
  bytes(id: string): Promise<Uint8Array>;
  /** A path of a file with the content, for rooms that must hand it to another process. */
  path(id: string): Promise<string>;
}
