/** What the crash test's writers write and what must hold of it at any moment. */
import { declaredPrefixes, type OpenedStore, recordSet } from '../../src/store/index.ts';

export const writers = 16;
/** The writer whose transactions also replace a blob. */
export const blobWriter = 0;
export const accounts = 8;

/** Two counters a writer, always written together. */
export const counters = recordSet<[writer: number, copy: 'a' | 'b'], number>('crash.counter');
/** Shares move between accounts; their sum never changes. */
export const shares = recordSet<[account: number], number>('crash.share');
export const historyOf = (writer: number) => ['crash', writer];

/** @param acknowledged the last count each writer was told is written. @returns what doesn't hold. */
export async function violations(opened: OpenedStore, acknowledged: readonly number[]): Promise<string[]> {
  const { store, logs, blobs } = opened;
  const broken: string[] = [];
  for (let writer = 0; writer < writers; writer++) {
    const a = (await counters.get(store, writer, 'a')) ?? 0;
    const b = (await counters.get(store, writer, 'b')) ?? 0;
    const count = acknowledged[writer] ?? 0;
    if (a < count) broken.push(`lost: writer ${writer} was told ${count}, the store has ${a}`);
    if (a !== b) broken.push(`half: writer ${writer} has ${a} and ${b}`);
    const appended = Number(await logs.nextSequence(historyOf(writer)));
    if (appended !== a) broken.push(`half: writer ${writer} counted ${a} and logged ${appended}`);
    const [last] = await logs.read(historyOf(writer), { limit: 1, reverse: true });
    if (last && Buffer.from(last.value).toString() !== String(a)) broken.push(`log: writer ${writer}`);
  }
  const held = await shares.values(store, { limit: accounts });
  const sum = held.reduce((total, each) => total + each, 0);
  if (held.length > 0 && sum !== accounts * 1000) broken.push(`half: shares add up to ${sum}`);
  if (!declaredPrefixes().includes('blob')) throw new Error('the registry of prefixes is not read any more');
  for (const { key } of await store.range({ prefix: ['blob'], limit: 100 })) {
    const bytes = await blobs.bytes(key[1] as string).catch(() => Buffer.alloc(0));
    if (bytes.length !== 20_000 || bytes.some((byte) => byte !== bytes[0])) broken.push(`blob: ${key[1]}`);
  }
  return broken;
}
