/**
 * Counts the keys of requests for the tables and indexes that have contributor insights: in memory for the minute that
 * runs, then the top of it is written down and kept for a day. What is counted in a minute that a crash ends is lost,
 * and a transaction that the store runs twice is counted twice: these are statistics.
 */
import { AwsError } from '../../kernel/index.ts';
import type { Platform } from '../../platform/index.ts';
import type { Item } from './domain/attributeValues.ts';
import type { Consumption } from './domain/capacity.ts';
import { insightsOf, type RuleKind, ruleKinds } from './domain/insights.ts';
import { keyText } from './domain/mentioned.ts';
import { type Index, keyNames, partitionAttributes, type Table } from './domain/table.ts';
import { mergeTop, type TopKey, TopKeys } from './domain/topKeys.ts';
import { limits } from './limits.ts';
import { listMinutes, putMinute, type Rule } from './store/insights.ts';
import type { Tables } from './store/tables.ts';

/** Items that a request touched of a table (undefined) or index, each with its share of the units. */
export type Touched = (index: Index | undefined) => Iterable<{ item: Item; share: number }>;

const minuteMs = 60_000;

export class ContributorInsights {
  readonly #platform: Platform;
  readonly #tables: Tables;
  /** Of the minute that runs, by table, index and kind. */
  #counting = new Map<string, { table: Table; rule: Rule; top: TopKeys }>();
  #minute = 0;
  #alarm: { cancel(): void } | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(platform: Platform, tables: Tables) {
    this.#platform = platform;
    this.#tables = tables;
  }

  /** Counts what a request consumed of a table whose `countsKeys` is true. */
  consumed(table: Table, consumption: Consumption, touched: Touched): void {
    for (const [index, units] of consumption.parts()) {
      // A local index has the throughput of its table.
      const resource = index?.kind === 'local' ? undefined : index;
      for (const { item, share } of touched(index)) this.#count(table, resource, item, 'C', units * share);
    }
  }

  /** Counts a request that was refused. @param error says of which table or index the throughput was lacking. */
  throttled(table: Table, error: unknown, touched: Touched): void {
    if (!(error instanceof AwsError)) return;
    const reasons = (error.members.ThrottlingReasons ?? error.members.throttlingReasons ?? []) as {
      resource?: string;
    }[];
    for (const { resource } of reasons) {
      const index = table.indexes.find(({ name }) => resource === `${table.arn}/index/${name}`);
      for (const { item } of touched(index)) this.#count(table, index, item, 'T', 1);
    }
  }

  #count(table: Table, index: Index | undefined, item: Item, what: 'C' | 'T', weight: number): void {
    const insights = insightsOf(table, index);
    if (insights?.status !== 'ENABLED' || weight <= 0) return;
    const { key } = index ?? table;
    const partitions = partitionAttributes(key).length;
    const texts = keyNames(key).map((name) => keyText(item[name]) ?? '');
    for (const kind of ruleKinds(insights.mode, key.sort !== undefined)) {
      if (!kind.endsWith(what)) continue;
      this.#add(table, index, kind, kind.startsWith('P') ? texts.slice(0, partitions) : texts, weight);
    }
  }

  #add(
    table: Table,
    index: Index | undefined,
    kind: RuleKind,
    keys: readonly string[],
    weight: number,
  ): void {
    this.#begin();
    const id = `${table.id} ${index?.id ?? ''} ${kind}`;
    let counting = this.#counting.get(id);
    if (!counting) {
      counting = {
        table,
        rule: { tableId: table.id, indexId: index?.id ?? '', kind },
        top: new TopKeys(limits.insightsKeys),
      };
      this.#counting.set(id, counting);
    }
    counting.top.add(keys, weight);
  }

  #begin(): void {
    const now = this.#platform.clock.now();
    const minute = now - (now % minuteMs);
    if (this.#counting.size > 0 && minute === this.#minute) return;
    this.#write();
    this.#minute = minute;
    this.#alarm = this.#platform.clock.at(minute + minuteMs, () => this.#write());
  }

  /** Writes down the minute that is over. */
  #write(): void {
    this.#alarm?.cancel();
    const counted = [...this.#counting.values()];
    const minute = this.#minute;
    this.#counting = new Map();
    if (counted.length === 0) return;
    const { store, telemetry } = this.#platform;
    this.#writing = this.#writing
      .then(async () => {
        for (const { table, rule, top } of counted) {
          await store.transact(async (tx) => {
            // Nobody would delete what is written for a table that is gone.
            if ((await this.#tables.read(tx, table, table.name))?.id !== table.id) return;
            await putMinute(tx, rule, minute, top.top(limits.insightsContributors));
          });
        }
      })
      .catch((error: unknown) => {
        telemetry.log('error', 'Contributor insights could not be written down', { error });
      });
  }

  /**
   * The keys that counted most: consumed units for the kinds PKC and SKC, throttled requests for PKT and SKT.
   * @param from @param to milliseconds of the epoch; whole minutes count.
   */
  async report(rule: Rule, from: number, to: number, limit: number): Promise<TopKey[]> {
    await this.#writing;
    const lists = await listMinutes(this.#platform.store, rule, from - (from % minuteMs), to);
    const running = this.#counting.get(`${rule.tableId} ${rule.indexId} ${rule.kind}`);
    if (running && this.#minute < to) lists.push(running.top.top(limits.insightsContributors));
    return mergeTop(lists, limit);
  }

  /** Writes down what the running minute has counted so far. */
  async close(): Promise<void> {
    this.#write();
    await this.#writing;
  }
}
