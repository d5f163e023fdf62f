import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../kernel/index.ts';
import { decodeEvent, decodeEvents, type EventMessage, encodeEvent } from './eventStream.ts';
import { createServiceProtocol, loadModel } from './index.ts';

const message = fc.record({
  headers: fc.dictionary(
    fc.string({ minLength: 1, maxLength: 20 }),
    fc.oneof(
      fc.boolean().map((value) => ({ type: 'boolean' as const, value })),
      fc.integer({ min: -128, max: 127 }).map((value) => ({ type: 'byte' as const, value })),
      fc.integer({ min: -32_768, max: 32_767 }).map((value) => ({ type: 'short' as const, value })),
      fc.integer().map((value) => ({ type: 'integer' as const, value })),
      fc
        .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
        .map((value) => ({ type: 'long' as const, value })),
      fc.uint8Array().map((value) => ({ type: 'blob' as const, value: Buffer.from(value) })),
      fc.string().map((value) => ({ type: 'string' as const, value })),
      fc.date({ noInvalidDate: true }).map((value) => ({ type: 'timestamp' as const, value })),
      fc.uuid().map((value) => ({ type: 'uuid' as const, value })),
    ),
    { maxKeys: 5 },
  ),
  payload: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
});

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe('event stream framing', () => {
  it('matches the frame that the specification shows', () => {
    // An empty message: 16 bytes, of which the two checksums are known.
    expect(Buffer.from(encodeEvent({ headers: {}, payload: new Uint8Array() })).toString('hex')).toBe(
      '000000100000000005c248eb7d98c8ff',
    );
  });

  it('reads what it writes, in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { maxLength: 3 }),
        fc.integer({ min: 1, max: 50 }),
        async (messages, size) => {
          const bytes = Buffer.concat(messages.map((one) => encodeEvent(one as EventMessage)));
          const read = await collect(decodeEvents(pieces(bytes, size)));
          expect(
            read.map(({ headers, payload }) => ({ headers: { ...headers }, payload: Buffer.from(payload) })),
          ).toEqual(messages.map(({ headers, payload }) => ({ headers: { ...headers }, payload })));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('notices any flipped bit', () => {
    const frame = encodeEvent({
      headers: { a: { type: 'string', value: 'b' } },
      payload: Buffer.from('hello'),
    });
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const bad = Uint8Array.from(frame);
      bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => decodeEvent(bad)).toThrow(AwsError);
    }
  });

  it('refuses a stream that ends within a frame', async () => {
    const frame = encodeEvent({ headers: {}, payload: Buffer.from('hello') });
    await expect(collect(decodeEvents(pieces(frame.subarray(0, -1), 7)))).rejects.toThrow(AwsError);
  });
});

describe('event streams of a model', () => {
  async function framesOf(body: unknown) {
    return collect(decodeEvents(body as AsyncIterable<Uint8Array>));
  }

  it('writes Lambda’s response stream, payloads as they are', async () => {
    const lambda = createServiceProtocol(loadModel('lambda'));
    async function* events() {
      yield { PayloadChunk: { Payload: Buffer.from('chunk') } };
      yield { InvokeComplete: { ErrorCode: 'Unhandled' } };
    }
    const answer = lambda
      .operation('InvokeWithResponseStream')
      ?.serialize({ StatusCode: 200, EventStream: events() }, 'id');
    expect(answer?.headers['content-type']).toBe('application/vnd.amazon.eventstream');
    const [chunk, complete] = await framesOf(answer?.body);
    expect(chunk?.headers[':event-type']).toEqual({ type: 'string', value: 'PayloadChunk' });
    expect(Buffer.from(chunk?.payload ?? []).toString()).toBe('chunk');
    expect(JSON.parse(Buffer.from(complete?.payload ?? []).toString())).toEqual({ ErrorCode: 'Unhandled' });
  });

  it('ends with an exception message when the source fails after the status was sent', async () => {
    const logs = createServiceProtocol(loadModel('logs'));
    // biome-ignore lint/correctness/useYield: it fails before its first event.
    async function* events(): AsyncGenerator<unknown> {
      throw new AwsError('SessionTimeoutException', 'too long');
    }
    const answer = logs.operation('StartLiveTail')?.serialize({ responseStream: events() }, 'id');
    const [initial, failure] = await framesOf(answer?.body);
    expect(initial?.headers[':event-type']?.value).toBe('initial-response');
    expect(failure?.headers[':exception-type']?.value).toBe('SessionTimeoutException');
    expect(JSON.parse(Buffer.from(failure?.payload ?? []).toString())).toEqual({ message: 'too long' });
  });
});
