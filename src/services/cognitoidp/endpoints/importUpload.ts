/** Where an import's file is put: the address that CreateUserImportJob hands out. It is open to whoever knows it, for a quarter of an hour. */
import type { HttpRequest, HttpResponse } from '../../../kernel/index.ts';
import type { Endpoint } from '../../../platform/index.ts';
import { isSame } from '../domain/secretHash.ts';
import { openToken } from '../importing/jobs.ts';
import { limits } from '../limits.ts';
import type { CognitoRoom } from '../room.ts';
import { records } from '../store.ts';

export const importUpload: Endpoint<CognitoRoom> = async ({ room, now, params }, request) => {
  const { store, blobs, vault } = room;
  const [poolId, jobId] = [params.pool ?? '', params.job ?? ''];
  const job = await records.importJobs.get(store, poolId, jobId);
  const given = new URLSearchParams(request.query).get('X-Amz-Signature') ?? '';
  if (!job || !isSame(given, openToken(vault, job))) return refused(403, 'AccessDenied', 'Access Denied');
  if (request.method !== 'PUT') {
    return refused(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.');
  }
  if (job.createdAt + limits.importUploadMs <= now) {
    return refused(403, 'AccessDenied', 'Request has expired');
  }
  if (job.status !== 'Created') return refused(403, 'AccessDenied', 'The import job was started already.');
  const staged = await blobs.stage(bounded(request));
  if (staged.size > limits.importBytesMax) {
    await blobs.discard(staged.id);
    return refused(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
  }
  const isFiled = await store.transact(async (tx) => {
    const current = await records.importJobs.get(tx, poolId, jobId);
    if (current?.status !== 'Created') return false;
    blobs.claim(tx, staged.id);
    if (current.file) blobs.release(tx, current.file.id);
    records.importJobs.put(tx, [poolId, jobId], { ...current, file: { id: staged.id, size: staged.size } });
    return true;
  });
  if (isFiled) return { status: 200, headers: { etag: `"${staged.md5}"` }, body: '' };
  await blobs.discard(staged.id);
  return refused(403, 'AccessDenied', 'The import job was started already.');
};

/** What is too large isn't written to the end. */
async function* bounded({ body }: HttpRequest): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body.stream() as AsyncIterable<Uint8Array>) {
    yield chunk;
    bytes += chunk.length;
    if (bytes > limits.importBytesMax) return;
  }
}

/** As S3 words it: that is who takes these files on AWS. */
function refused(status: number, code: string, message: string): HttpResponse {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}
