import { describe, expect, it } from 'vitest';
import { LogTail } from './logTail.ts';

const text = (tail: LogTail) => Buffer.from(tail.base64, 'base64').toString('utf8');

describe('the tail of a log', () => {
  it('has every line, each with its end', () => {
    const tail = new LogTail();
    for (const line of ['START', 'one\n', 'END']) tail.push(line);
    expect(text(tail)).toBe('START\none\nEND\n');
  });

  it('is its last 4 KB, however much is written', () => {
    const tail = new LogTail();
    for (let line = 0; line < 100_000; line++) tail.push(String(line));
    expect(text(tail)).toHaveLength(4096);
    expect(text(tail)).toMatch(/\n99998\n99999\n$/);
    tail.push(`${'x'.repeat(1_000_000)}end`);
    expect(text(tail)).toHaveLength(4096);
    expect(text(tail)).toMatch(/xend\n$/);
  });
});
