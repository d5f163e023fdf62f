/** Environments that are initialized ahead of need, and kept. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, createBench } from './fixture.ts';

let bench: Bench;
beforeAll(() => {
  bench = createBench({ sandbox: 'process' });
});
afterAll(() => bench.close());

const source = `
const started = Date.now() + ':' + Math.random();
console.log('init of ' + process.env.KIND);
exports.handler = async (event) => event.exit ? process.exit(1) : started;`;

const provisioned = () =>
  bench.spec(
    { 'index.js': source },
    { initializationType: 'provisioned-concurrency', environment: { KIND: 'ahead' } },
  );

describe('provisioned environments', () => {
  it('are initialized before anyone invokes, and serve what comes', async () => {
    const spec = provisioned();
    await bench.computer.provision(spec, 2);
    expect(bench.computer.phases(spec.key)).toHaveLength(2);
    expect(bench.logs.filter((line) => line.includes('init of ahead'))).toHaveLength(2);
    const values = await Promise.all([bench.invoke(spec), bench.invoke(spec)]);
    expect(new Set(values.map(({ value }) => value)).size).toBe(2);
    // Nobody had to be started.
    expect(bench.computer.phases(spec.key)).toHaveLength(2);
  });

  it('are replaced when they end', async () => {
    const spec = provisioned();
    await bench.computer.provision(spec, 1);
    const first = await bench.invoke(spec);
    expect((await bench.invoke(spec, { exit: true })).result.ok).toBe(false);
    await expect
      .poll(() => bench.computer.phases(spec.key))
      .toEqual([expect.stringMatching(/^(ready|frozen)$/)]);
    const second = await bench.invoke(spec);
    expect(second.result.ok).toBe(true);
    expect(second.value).not.toBe(first.value);
  });

  it('become fewer when fewer are wanted, and end with their key', async () => {
    const spec = provisioned();
    await bench.computer.provision(spec, 2);
    await bench.computer.provision(spec, 1);
    await expect.poll(() => bench.computer.phases(spec.key)).toHaveLength(1);
    await bench.computer.retire(spec.key);
    await expect.poll(() => bench.computer.phases(spec.key)).toHaveLength(0);
  });

  it('say why they can’t be initialized, and aren’t tried again and again', async () => {
    const spec = bench.spec({ 'index.js': `console.log('tried'); throw new RangeError('broken');` });
    await expect(bench.computer.provision(spec, 1)).rejects.toThrow('RangeError');
    await expect.poll(() => bench.computer.phases(spec.key)).toHaveLength(0);
    expect(bench.logs.filter((line) => line.includes('tried'))).toHaveLength(1);
    const { result } = await bench.invoke(spec);
    expect(result.ok).toBe(false);
  });

  it('leave half of the machine to what is invoked', async () => {
    const small = createBench({ sandbox: 'process', prewarmed: 0, environmentsMax: 4 });
    try {
      const spec = small.spec({ 'index.js': source });
      await small.computer.provision(spec, 5);
      expect(small.computer.phases(spec.key)).toHaveLength(2);
      const other = small.spec({ 'index.js': source });
      for (const one of [other, small.spec({ 'index.js': source }), small.spec({ 'index.js': source })])
        expect((await small.invoke(one)).result.ok).toBe(true);
      // Others made place for each other.
      expect(small.computer.phases(spec.key)).toHaveLength(2);
    } finally {
      await small.close();
    }
  });
});
