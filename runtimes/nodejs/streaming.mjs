// awslambda.streamifyResponse: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
import { Writable } from 'node:stream';
import { frameKinds, send } from './channel.mjs';

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

/** Runs a streaming handler; what it writes goes out at once. Resolves when it has returned and ended its stream. */
export async function runStreaming(handler, event, context) {
  let contentType = 'application/octet-stream';
  let opened = false;
  const open = () => {
    if (!opened) send(frameKinds.streamOpened, Buffer.from(contentType));
    opened = true;
  };
  const stream = new Writable({
    write(chunk, _encoding, done) {
      open();
      // The socket is blocking: a caller that reads slowly slows the function down.
      send(frameKinds.streamChunk, chunk);
      done();
    },
  });
  stream.setContentType = (type) => {
    if (opened) throw new Error('setContentType() must be called before anything is written');
    contentType = type;
  };
  const finished = new Promise((resolve, reject) => stream.on('finish', resolve).on('error', reject));
  await handler(event, stream, context);
  await finished;
  open();
}
