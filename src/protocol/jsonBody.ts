/** The bodies of restJson1. */
import { SerializationException } from '../kernel/index.ts';
import { JsonCompiler, parseJson } from './json.ts';
import type { ServiceModel } from './model.ts';
import type { RestBody } from './rest.ts';
import { isPlainObject } from './shapes.ts';

export function jsonBody(model: ServiceModel): RestBody {
  const compiler = new JsonCompiler(model.shapes, {
    bound: true,
    timestampFormat: 'unixTimestamp',
  });
  return {
    contentType: 'application/json',
    writesEmpty: true,
    reader(ref) {
      const read = compiler.reader(ref);
      return (body) => {
        const value = parseJson(body);
        if (!isPlainObject(value)) throw new SerializationException('Unexpected value type in payload');
        return read(value) as Record<string, unknown>;
      };
    },
    writer(ref) {
      const write = compiler.writer(ref);
      return (value) => JSON.stringify(write(value));
    },
    payloadReader(ref) {
      const read = compiler.reader(ref);
      return (body) => {
        const value = parseJson(body);
        return value === null ? undefined : read(value);
      };
    },
    payloadWriter(ref) {
      const write = compiler.writer(ref);
      return (value) => JSON.stringify(write(value));
    },
    error(error, known, members) {
      const body = known
        ? (compiler.writer({ shape: known.name })(members) as Record<string, unknown>)
        : members;
      // Clients show the message of any error, so that it is there even when the shape has no member for it.
      const message =
        'message' in body || 'Message' in body || error.message === '' ? {} : { message: error.message };
      return {
        body: JSON.stringify({ ...body, ...message }),
        headers: { 'x-amzn-errortype': known?.name ?? error.code },
      };
    },
    headers: (requestId) => ({ 'x-amzn-requestid': requestId }),
  };
}
