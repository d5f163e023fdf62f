/** Step: the method's request validator. */
import { headerOf } from '../domain/parameters.ts';
import { validateBody, validateParameters } from '../domain/validation.ts';
import { bodyText, type Exchange } from './exchange.ts';

export function validateRequest(exchange: Exchange): void {
  const { method, validator } = exchange.target;
  if (!validator) return;
  if (validator.validateRequestParameters) {
    validateParameters(method, {
      path: exchange.pathParameters,
      query: exchange.query,
      headers: exchange.headers,
    });
  }
  if (validator.validateRequestBody && method.requestModels) {
    const type = headerOf(exchange.headers, 'content-type');
    validateBody(method, exchange.served.api.models, type, bodyText(exchange));
  }
}
