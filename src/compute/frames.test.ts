import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, frame, fromFunction, invokeFrame, resultBytesMax, toFunction } from './frames.ts';

describe('frames', () => {
  it('come out as they went in, however the stream is cut', () => {
    const frames = fc.array(fc.record({ kind: fc.integer({ min: 1, max: 9 }), body: fc.uint8Array() }));
    fc.assert(
      fc.property(frames, fc.integer({ min: 1, max: 7 }), (sent, cut) => {
        const bytes = Buffer.concat(sent.map(({ kind, body }) => frame(kind, body)));
        const seen: { kind: number; body: Uint8Array }[] = [];
        const reader = new FrameReader((kind, body) => seen.push({ kind, body: new Uint8Array(body) }));
        for (let at = 0; at < bytes.length; at += cut) reader.push(bytes.subarray(at, at + cut));
        expect(seen).toEqual(sent);
      }),
    );
  });

  it('refuses a length no frame has', () => {
    const reader = new FrameReader(() => {});
    expect(() => reader.push(Buffer.from([0xff, 0xff, 0xff, 0xff, 1]))).toThrow('sane length');
    expect(() => new FrameReader(() => {}).push(Buffer.alloc(5))).toThrow('sane length');
  });

  it('passes over a result that is too large, and reads on after it', () => {
    const sent = Buffer.concat([
      frame(fromFunction.log, Buffer.from('a')),
      frame(fromFunction.result, Buffer.alloc(resultBytesMax)),
      frame(fromFunction.log, Buffer.from('b')),
    ]);
    for (const cut of [4096, 1_000_003, sent.length]) {
      const seen: string[] = [];
      const reader = new FrameReader(
        (kind, body) => seen.push(`${kind} ${body}`),
        () => seen.push('too large'),
      );
      for (let at = 0; at < sent.length; at += cut) reader.push(sent.subarray(at, at + cut));
      expect(seen).toEqual(['6 a', 'too large', '6 b']);
    }
  });

  it('carries a payload beside its head, byte for byte', () => {
    const payload = new Uint8Array([0, 255, 10, 13]);
    const seen: Buffer[] = [];
    new FrameReader((kind, body) => {
      expect(kind).toBe(toFunction.invoke);
      seen.push(body);
    }).push(invokeFrame({ requestId: 'é' }, payload));
    const [body] = seen as [Buffer];
    const length = body.readUInt32BE(0);
    expect(JSON.parse(body.toString('utf8', 4, 4 + length))).toEqual({ requestId: 'é' });
    expect(new Uint8Array(body.subarray(4 + length))).toEqual(payload);
  });
});
