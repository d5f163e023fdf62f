import { afterEach, expect, it } from 'vitest';
import { type Bench, createBench } from './fixture.ts';

let bench: Bench | undefined;
afterEach(() => bench?.close());

it('an environment that nobody invokes is ended, and the next invocation has another', async () => {
  bench = createBench({ keepIdleMs: 300 });
  const { computer } = bench;
  const spec = bench.spec({
    'index.js': 'let n = 0; exports.handler = async () => ({ n: ++n })',
  });
  await bench.invoke(spec);
  expect((await bench.invoke(spec)).value).toMatchObject({ n: 2 });
  await expect.poll(() => computer.phases(spec.key), { interval: 20 }).toEqual([]);
  expect((await bench.invoke(spec)).value).toMatchObject({ n: 1 });
});
