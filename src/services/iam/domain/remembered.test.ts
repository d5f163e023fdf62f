import { describe, expect, it } from 'vitest';
import { Remembered } from './remembered.ts';

function scene(max = 10) {
  const source = { changes: 0 };
  let reads = 0;
  const book = new Remembered<{ text: string }>(source, max);
  const ask = (name: string, text: string | undefined = name) =>
    book.get(name, async () => {
      reads++;
      return text === '' ? undefined : { text };
    });
  return { source, book, ask, reads: () => reads };
}

describe('what is remembered', () => {
  it('is told without a promise until something changes', async () => {
    const { source, ask, reads } = scene();
    expect(await ask('a', 'old')).toEqual({ text: 'old' });
    expect(ask('a', 'new')).toEqual({ text: 'old' });
    source.changes++;
    expect(await ask('a', 'new')).toEqual({ text: 'new' });
    expect(reads()).toBe(2);
  });

  it('is nothing that was read while something changed', async () => {
    const { source, book, ask } = scene();
    let finish = (_: { text: string }) => {};
    const early = book.get('a', () => new Promise((resolve) => (finish = resolve)));
    source.changes++;
    await ask('b');
    finish({ text: 'old' });
    expect(await early).toEqual({ text: 'old' });
    expect(await ask('a', 'new')).toEqual({ text: 'new' });
  });

  it('is found by who asks, as long as nothing changes', async () => {
    const { source, book, reads } = scene();
    const somebody = {};
    let texts = 0;
    const ask = (text: string) =>
      book.getFor(
        somebody,
        () => `name ${++texts}`,
        async () => ({ text }),
      );
    const named = () => book.get('name 1', async () => ({ text: 'read' }));
    expect(await ask('old')).toEqual({ text: 'old' });
    expect(await named()).toEqual({ text: 'old' });
    texts = 0;
    expect([ask('new'), ask('new'), texts]).toEqual([{ text: 'old' }, { text: 'old' }, 1]);
    source.changes++;
    expect(await ask('new')).toEqual({ text: 'new' });
    expect(reads()).toBe(0);
  });

  it('is no absence, and no more than its bound', async () => {
    const { ask, reads } = scene(2);
    await ask('none', '');
    await ask('none', '');
    expect(reads()).toBe(2);
    for (const name of ['a', 'b', 'c']) await ask(name);
    expect(ask('c')).not.toBeInstanceOf(Promise);
    expect(ask('a')).toBeInstanceOf(Promise);
  });
});
