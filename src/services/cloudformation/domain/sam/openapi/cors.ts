import { put, py, str } from '../python/py27.ts';
import { type Dict, isPresent } from '../values.ts';
import { integrationKey } from './document.ts';
import type { CorsSettings } from './swaggerParts.ts';

/** The OPTIONS method that answers a preflight request by itself, through a mock integration. */
export function corsOptionsMethod(cors: CorsSettings): Dict {
  const parameters = py();
  const headers = py();
  const allow = (name: string, value: unknown, type: string) => {
    put(parameters, `method.response.header.Access-Control-${name}`, value);
    put(headers, `Access-Control-${name}`, py({ type: str(type) }));
  };
  allow('Allow-Origin', cors.origin, 'string');
  if (isPresent(cors.headers)) allow('Allow-Headers', cors.headers, 'string');
  if (isPresent(cors.methods)) allow('Allow-Methods', cors.methods, 'string');
  if (cors.maxAge !== undefined && cors.maxAge !== null) allow('Max-Age', cors.maxAge, 'integer');
  if (cors.credentials === true) allow('Allow-Credentials', str("'true'"), 'string');
  return py({
    summary: str('CORS support'),
    consumes: [str('application/json')],
    produces: [str('application/json')],
    [integrationKey]: py({
      type: str('mock'),
      requestTemplates: py({ 'application/json': str('{\n  "statusCode" : 200\n}\n') }),
      responses: py({
        default: py({
          statusCode: str('200'),
          responseParameters: parameters,
          responseTemplates: py({ 'application/json': str('{}\n') }),
        }),
      }),
    }),
    responses: py({ 200: py({ description: str('Default response for CORS method'), headers }) }),
  });
}
