import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader } from './lines.ts';

function readLines(chunks: readonly Buffer[], bytesMax: number): string[] {
  const lines: string[] = [];
  const reader = new LineReader(bytesMax, (line) => lines.push(line));
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return lines;
}

describe('LineReader', () => {
  it('finds the same lines however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.integer({ min: 1, max: 5 }), (texts, cut) => {
        const lines = texts.map((text) => text.replaceAll('\n', ' '));
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const chunks: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += cut) chunks.push(bytes.subarray(at, at + cut));
        expect(readLines(chunks, 1_000_000)).toEqual(lines);
      }),
    );
  });

  it('keeps a last line without an end, and cuts what is too long', () => {
    expect(readLines([Buffer.from('a\nrest')], 100)).toEqual(['a', 'rest']);
    expect(readLines([Buffer.from('abcdefg\nx\n')], 3)).toEqual(['abc', 'def', 'g', 'x']);
  });
});
