/** The archive behind the address that GetFunction and GetLayerVersion give. */
import type { Endpoint } from '../../../platform/index.ts';
import type { LambdaRoom } from '../room.ts';

export const code: Endpoint<LambdaRoom> = async ({ room, params, now }, request) => {
  const valid = room.codeUrls.verify(params.blob ?? '', new URLSearchParams(request.query), now);
  if (valid === undefined) {
    return { status: 403, headers: { 'content-type': 'text/plain' }, body: 'Request has expired' };
  }
  const body = await room.platform.blobs.bytes(valid);
  return {
    status: 200,
    headers: { 'content-type': 'application/zip', 'content-length': String(body.length) },
    body,
  };
};
