/** Opens all durable state of a cloud: the store, its blobs and its logs, in one folder. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ids, RandomIds } from '../kernel/index.ts';
import { FileBlobs } from './blobs.ts';
import { settleFormat } from './format.ts';
import { LmdbStore } from './lmdb.ts';
import { isAbandoned, lockFolder } from './lock.ts';
import { StoreLogs } from './logs.ts';
import { unfinishedRestore } from './snapshot.ts';

export interface OpenStoreOptions {
  /** The data folder; made when missing. Absent together with `ephemeral`. */
  folder?: string;
  /** True: in a temporary folder, never synced, gone on `close` and when the process exits. */
  ephemeral?: boolean;
  /** This Brume's version, for the messages of an older one that meets the folder. */
  brumeVersion?: string;
  ids?: Ids;
  /** Told of failures in the background (the collection of unclaimed files). */
  onError?(cause: unknown): void;
}

export interface OpenedStore {
  readonly store: LmdbStore;
  readonly blobs: FileBlobs;
  readonly logs: StoreLogs;
  /** For other files that live as long as the data. */
  readonly folder: string;
  /** Everything deleted: keys and blobs. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @throws FolderLocked when another live process has the folder.
 * @throws UnknownFormat when a newer Brume, or no Brume, wrote it.
 */
export async function openStore(options: OpenStoreOptions): Promise<OpenedStore> {
  const { ephemeral = false, ids = new RandomIds() } = options;
  const folder = ephemeral ? temporaryFolder() : options.folder;
  if (!folder) throw new Error('a store needs a folder, or to be ephemeral');
  mkdirSync(folder, { recursive: true });
  const unlock = lockFolder(folder);
  const letGo = () => {
    unlock();
    if (ephemeral) rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', letGo);
  try {
    settleFormat(folder, options.brumeVersion ?? 'unknown');
    const durable = !ephemeral;
    const store = new LmdbStore({ path: join(folder, 'store'), durable });
    const blobs = new FileBlobs({
      store,
      folder: join(folder, 'blobs'),
      ids,
      durable,
      ...(options.onError && { onError: options.onError }),
    });
    await discardHalfRestore(store, options.onError);
    const collected = ephemeral ? Promise.resolve(0) : blobs.collect();
    collected.catch((cause: unknown) => options.onError?.(cause));
    return {
      store,
      blobs,
      logs: new StoreLogs(store),
      folder,
      clear: async () => {
        await store.clear();
        await blobs.clear();
      },
      close: async () => {
        await blobs.close();
        await collected.catch(() => {});
        await store.close();
        process.off('exit', letGo);
        letGo();
      },
    };
  } catch (error) {
    process.off('exit', letGo);
    letGo();
    throw error;
  }
}

async function discardHalfRestore(store: LmdbStore, say: OpenStoreOptions['onError']): Promise<void> {
  const file = await unfinishedRestore.get(store);
  if (file === undefined) return;
  await store.clear();
  say?.(new Error(`the restore of ${file} was interrupted: the cloud is empty, load the snapshot again`));
}

function temporaryFolder(): string {
  // Memory-backed where there is one: an ephemeral cloud should not wear a disk.
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  removeAbandoned(parent).catch(() => {});
  return mkdtempSync(join(parent, temporaryPrefix));
}

const temporaryPrefix = 'brume-ephemeral-';

/** What ephemeral clouds left that were killed: it would fill the memory of the machine. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const folder = join(parent, name);
    if (name.startsWith(temporaryPrefix) && isAbandoned(folder)) {
      // Another user's stays: it isn't ours to remove.
      await rm(folder, { recursive: true, force: true }).catch(() => {});
    }
  }
}
