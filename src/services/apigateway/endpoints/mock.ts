/** MOCK: the request template says which integration response answers. https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html */
import { Refusal } from '../domain/gatewayResponses.ts';
import type { Exchange, IntegrationAnswer } from './exchange.ts';
import { requestBody, respond, selectResponse } from './templates.ts';

export async function mock(exchange: Exchange): Promise<IntegrationAnswer> {
  const { body } = requestBody(exchange);
  const status = statusIn(String(body));
  if (!status) {
    throw new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', {
      why: 'the request template of a MOCK integration must give a statusCode',
    });
  }
  // The mapping's own output is no body for the client; a response without template answers with none.
  return respond(exchange, selectResponse(exchange.target, status), { headers: {}, body: '' });
}

let last = { text: '', status: undefined as string | undefined };

/** A mock says the same most of the time: the last text is remembered. */
function statusIn(text: string): string | undefined {
  if (text !== last.text) {
    last = { text, status: /["']?statusCode["']?\s*:\s*["']?(\d{3})/.exec(text)?.[1] };
  }
  return last.status;
}
