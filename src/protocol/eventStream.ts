/**
 * The framing `application/vnd.amazon.eventstream`:
 *
 *     total length (4) · headers length (4) · CRC-32 of the two (4) · headers · payload · CRC-32 of all before (4)
 *
 * https://smithy.io/2.0/aws/amazon-eventstream.html
 */
import { crc32 } from 'node:zlib';
import { type AwsError, SerializationException } from '../kernel/index.ts';

export type EventHeaderValue =
  | { type: 'boolean'; value: boolean }
  | { type: 'byte' | 'short' | 'integer'; value: number }
  | { type: 'long'; value: bigint }
  | { type: 'blob'; value: Uint8Array }
  | { type: 'string'; value: string }
  | { type: 'timestamp'; value: Date }
  | { type: 'uuid'; value: string };

export interface EventMessage {
  headers: Record<string, EventHeaderValue>;
  payload: Uint8Array;
}

/** Of the specification: 24 MiB a message, 128 KiB of headers. */
const messageBytesMax = 24 * 1024 * 1024;
const headersBytesMax = 128 * 1024;
const preludeBytes = 12;
const trailerBytes = 4;

export function encodeEvent(message: EventMessage): Uint8Array {
  const headers = Buffer.concat(
    Object.entries(message.headers).map(([name, value]) => encodeHeader(name, value)),
  );
  const total = preludeBytes + headers.length + message.payload.length + trailerBytes;
  if (headers.length > headersBytesMax || total > messageBytesMax) {
    throw new RangeError(`an event of ${total} bytes is longer than a frame may be`);
  }
  const frame = Buffer.allocUnsafe(total);
  frame.writeUInt32BE(total, 0);
  frame.writeUInt32BE(headers.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  headers.copy(frame, preludeBytes);
  frame.set(message.payload, preludeBytes + headers.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, total - trailerBytes)), total - trailerBytes);
  return frame;
}

/** @throws SerializationException when a length, a checksum or a header isn't right. */
export function decodeEvent(frame: Uint8Array): EventMessage {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const total = frameLength(bytes);
  if (total === undefined || total !== bytes.length) throw malformed('its length is wrong');
  const headersLength = bytes.readUInt32BE(4);
  if (crc32(bytes.subarray(0, total - trailerBytes)) !== bytes.readUInt32BE(total - trailerBytes)) {
    throw malformed('its checksum is wrong');
  }
  const headersEnd = preludeBytes + headersLength;
  return {
    headers: decodeHeaders(bytes.subarray(preludeBytes, headersEnd)),
    payload: bytes.subarray(headersEnd, total - trailerBytes),
  };
}

/** Cuts a byte stream into messages. @throws SerializationException as `decodeEvent`, and when the stream ends within a frame. */
export async function* decodeEvents(source: AsyncIterable<Uint8Array>): AsyncGenerator<EventMessage> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    pending = pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([pending, chunk]);
    for (;;) {
      const total = frameLength(pending);
      if (total === undefined || pending.length < total) break;
      yield decodeEvent(pending.subarray(0, total));
      pending = pending.subarray(total);
    }
  }
  if (pending.length > 0) throw malformed('the stream ends within it');
}

/** The whole frame's length once its prelude is there. */
function frameLength(bytes: Buffer): number | undefined {
  if (bytes.length < preludeBytes) return undefined;
  const total = bytes.readUInt32BE(0);
  const headers = bytes.readUInt32BE(4);
  if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32BE(8))
    throw malformed("its prelude's checksum is wrong");
  if (total > messageBytesMax || headers > headersBytesMax || total < preludeBytes + headers + trailerBytes) {
    throw malformed('its lengths are out of bounds');
  }
  return total;
}

function encodeHeader(name: string, header: EventHeaderValue): Buffer {
  const label = Buffer.from(name);
  if (label.length === 0 || label.length > 255) throw new RangeError(`a header can't be named ${name}`);
  return Buffer.concat([Buffer.of(label.length), label, encodeValue(header)]);
}

function encodeValue(header: EventHeaderValue): Buffer {
  switch (header.type) {
    case 'boolean':
      return Buffer.of(header.value ? 0 : 1);
    case 'byte': {
      const bytes = Buffer.of(2, 0);
      bytes.writeInt8(header.value, 1);
      return bytes;
    }
    case 'short': {
      const bytes = Buffer.of(3, 0, 0);
      bytes.writeInt16BE(header.value, 1);
      return bytes;
    }
    case 'integer': {
      const bytes = Buffer.of(4, 0, 0, 0, 0);
      bytes.writeInt32BE(header.value, 1);
      return bytes;
    }
    case 'long':
    case 'timestamp': {
      const bytes = Buffer.alloc(9);
      bytes[0] = header.type === 'long' ? 5 : 8;
      bytes.writeBigInt64BE(header.type === 'long' ? header.value : BigInt(header.value.getTime()), 1);
      return bytes;
    }
    case 'blob':
    case 'string': {
      const content = header.type === 'string' ? Buffer.from(header.value) : Buffer.from(header.value);
      if (content.length > 65_535) throw new RangeError('a header value is longer than 65,535 bytes');
      const bytes = Buffer.alloc(3);
      bytes[0] = header.type === 'string' ? 7 : 6;
      bytes.writeUInt16BE(content.length, 1);
      return Buffer.concat([bytes, content]);
    }
    case 'uuid':
      return Buffer.concat([Buffer.of(9), Buffer.from(header.value.replaceAll('-', ''), 'hex')]);
  }
}

function decodeHeaders(bytes: Buffer): Record<string, EventHeaderValue> {
  const headers: Record<string, EventHeaderValue> = Object.create(null);
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw malformed('a header is cut off');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const name = take(take(1).readUInt8(0)).toString();
    if (name === '') throw malformed('a header has no name');
    headers[name] = decodeValue(take(1).readUInt8(0), take);
  }
  return headers;
}

function decodeValue(type: number, take: (length: number) => Buffer): EventHeaderValue {
  switch (type) {
    case 0:
    case 1:
      return { type: 'boolean', value: type === 0 };
    case 2:
      return { type: 'byte', value: take(1).readInt8(0) };
    case 3:
      return { type: 'short', value: take(2).readInt16BE(0) };
    case 4:
      return { type: 'integer', value: take(4).readInt32BE(0) };
    case 5:
      return { type: 'long', value: take(8).readBigInt64BE(0) };
    case 6:
      return { type: 'blob', value: take(take(2).readUInt16BE(0)) };
    case 7:
      return { type: 'string', value: take(take(2).readUInt16BE(0)).toString() };
    case 8: {
      const time = new Date(Number(take(8).readBigInt64BE(0)));
      if (Number.isNaN(time.getTime())) throw malformed('a header holds no time');
      return { type: 'timestamp', value: time };
    }
    case 9: {
      const hex = take(16).toString('hex');
      const value = [
        hex.slice(0, 8),
        hex.slice(8, 12),
        hex.slice(12, 16),
        hex.slice(16, 20),
        hex.slice(20),
      ].join('-');
      return { type: 'uuid', value };
    }
    default:
      throw malformed(`a header has the unknown type ${type}`);
  }
}

function malformed(why: string): AwsError {
  return new SerializationException(`The event stream has a malformed message: ${why}`);
}
