/**
 * What is kept of event source mappings.
 *
 *   lambda.mapping       [account, region, uuid]  → MappingRecord
 *   lambda.mappingShard  [uuid, shardId]          → ShardProgress   how far a shard has been processed
 */
import { type Reader, recordSet, type Store, type Transaction } from '../../../store/index.ts';
import type { MappingRecord, ShardProgress } from '../eventSources/records.ts';

const mappings = recordSet<[account: string, region: string, uuid: string], MappingRecord>('lambda.mapping');
const shards = recordSet<[uuid: string, shardId: string], ShardProgress>('lambda.mappingShard');

export interface MappingKey {
  account: string;
  region: string;
  uuid: string;
}

/** Shards of one mapping that are looked at together: those of a stream that are neither forgotten nor closed for long. */
const shardsMax = 100_000;

export class MappingStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  transact<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#store.transact(body);
  }

  get({ account, region, uuid }: MappingKey, reader: Reader = this.#store) {
    return mappings.get(reader, account, region, uuid);
  }

  put(tx: Transaction, record: MappingRecord): void {
    mappings.put(tx, [record.account, record.region, record.uuid], record);
  }

  /** Of an account and region in order of their UUIDs, after `after`. */
  list(
    place: { account: string; region: string },
    options: { after?: string; limit: number },
    reader: Reader = this.#store,
  ): Promise<MappingRecord[]> {
    const { account, region } = place;
    return mappings.values(reader, {
      under: [account, region],
      limit: options.limit,
      ...(options.after === undefined ? {} : { gt: [account, region, options.after] }),
    });
  }

  /** Of all accounts and regions. */
  all(limit: number): Promise<MappingRecord[]> {
    return mappings.values(this.#store, { limit });
  }

  /** The mapping, and how far it was. */
  delete(tx: Transaction, { account, region, uuid }: MappingKey): void {
    mappings.delete(tx, account, region, uuid);
    shards.deleteUnder(tx, uuid);
  }

  shard(uuid: string, shardId: string, reader: Reader = this.#store): Promise<ShardProgress | undefined> {
    return shards.get(reader, uuid, shardId);
  }

  putShard(tx: Transaction, uuid: string, shardId: string, progress: ShardProgress): void {
    shards.put(tx, [uuid, shardId], progress);
  }

  deleteShard(tx: Transaction, uuid: string, shardId: string): void {
    shards.delete(tx, uuid, shardId);
  }

  async shards(uuid: string): Promise<Map<string, ShardProgress>> {
    const found = await shards.range(this.#store, { under: [uuid], limit: shardsMax });
    return new Map(found.map(({ key, value }) => [key[1], value]));
  }
}
