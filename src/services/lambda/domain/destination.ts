/** The record that a destination gets: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
import { functionArn } from './names.ts';

interface Result {
  ok: boolean;
  payload: unknown;
}

interface Invocation {
  payload: {
    place: { account: string; region: string; name: string };
    qualifier: string | undefined;
    requestId: string;
    payload: Uint8Array;
  };
  attempt: number;
}

export function destinationRecord(
  task: Invocation,
  outcome: {
    condition: 'Success' | 'RetriesExhausted' | 'EventAgeExceeded';
    result: Result | undefined;
    version: string | undefined;
    now: number;
  },
): string {
  const { place, qualifier, requestId, payload } = task.payload;
  const { condition, result, version, now } = outcome;
  return JSON.stringify({
    version: '1.0',
    timestamp: new Date(now).toISOString(),
    requestContext: {
      requestId,
      functionArn: functionArn(place, qualifier ?? '$LATEST'),
      condition,
      approximateInvokeCount: task.attempt,
    },
    requestPayload: parsed(payload),
    ...(result
      ? {
          responseContext: {
            statusCode: 200,
            executedVersion: version,
            ...(result.ok ? {} : { functionError: 'Unhandled' }),
          },
          responsePayload: result.payload instanceof Uint8Array ? parsed(result.payload) : null,
        }
      : {}),
  });
}

function parsed(payload: Uint8Array): unknown {
  if (payload.length === 0) return null;
  const text = Buffer.from(payload).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
