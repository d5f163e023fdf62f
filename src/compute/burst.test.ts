import { afterEach, expect, it } from 'vitest';
import { type Bench, createBench } from './fixture.ts';

let bench: Bench | undefined;
afterEach(() => bench?.close());

it('everyone is answered, though fewer environments are started than were asked for', async () => {
  bench = createBench({ prewarmed: 0 });
  const { invoke, spec: define } = bench;
  const spec = define({
    'index.js': 'exports.handler = (n) => new Promise((resolve) => setTimeout(resolve, n % 7, n))',
  });
  const answered: unknown[] = [];
  const client = async (_: unknown, who: number) => {
    for (let n = 0; n < 20; n++) answered.push((await invoke(spec, who)).value);
  };
  await Promise.all(Array.from({ length: 48 }, client));
  expect(answered).toHaveLength(48 * 20);
});
