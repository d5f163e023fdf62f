import type { Endpoint } from '../../../platform/index.ts';
import { isRecord } from '../domain/template/references.ts';
import { limits } from '../limits.ts';
import type { CallbackResponse } from '../records.ts';
import type { Room } from '../room.ts';

/**
 * Where a custom resource's function puts its answer: the `ResponseURL` of its request.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
export const customResourceResponse: Endpoint<Room> = async ({ room, params }, request) => {
  const answer = (status: number, text = '') => ({
    status,
    headers: { 'content-type': 'text/plain' },
    body: text,
  });
  if (request.method !== 'PUT') return answer(405, 'A custom resource answers with PUT.');
  const body = await request.body.bytes(limits.customResourceResponseBytesMax);
  let response: unknown;
  try {
    response = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return answer(400, 'The response is not JSON.');
  }
  if (!isRecord(response) || (response.Status !== 'SUCCESS' && response.Status !== 'FAILED')) {
    return answer(400, 'The response has no Status SUCCESS or FAILED.');
  }
  const accepted = await room.store.answerCallback(
    params.requestId ?? '',
    params.secret ?? '',
    response as unknown as CallbackResponse,
  );
  return accepted ? answer(200) : answer(403, 'No request waits for this response.');
};
