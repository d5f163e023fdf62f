// awslambda.streamifyResponse: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
import { Writable } from 'node:stream';

const streaming = Symbol.for('aws.lambda.runtime.handler.streaming');

export function isStreaming(handler) {
  return handler?.[streaming] === 'response';
}

export function installStreaming() {
  globalThis.awslambda = {
    streamifyResponse(handler) {
      handler[streaming] = 'response';
      return handler;
    },
    HttpResponseStream: {
      /** The prelude is JSON, then eight zero bytes, then the body. */
      from(stream, metadata) {
        stream.setContentType('application/vnd.awslambda.http-integration-response');
        stream.write(JSON.stringify(metadata));
        stream.write(new Uint8Array(8));
        return stream;
      },
    },
  };
}

/** Runs a streaming handler and gathers what it writes. */
export async function runStreaming(handler, event, context) {
  const chunks = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  stream.setContentType = () => {};
  const finished = new Promise((resolve, reject) => stream.on('finish', resolve).on('error', reject));
  await handler(event, stream, context);
  if (!stream.writableEnded) stream.end();
  await finished;
  return Buffer.concat(chunks);
}
