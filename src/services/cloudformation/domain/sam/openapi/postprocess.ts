import { refuseDocument } from '../errors.ts';
import { entriesOf, put, py } from '../python/py27.ts';
import { type Dict, isMap, isPresent } from '../values.ts';
import { isOpenApi3, notAMap, requireMap, requirePathItem } from './document.ts';

/**
 * Turns what the editor wrote in Swagger 2 into OpenAPI 3, when the definition is OpenAPI: security schemes
 * and models move into `components`, the preflight method loses what OpenAPI doesn't know.
 */
export function postprocessOpenApi(body: Dict, openApiVersion: unknown): Dict {
  if (body.swagger !== undefined && body.swagger !== null) return body;
  const version = openApiVersion === undefined || openApiVersion === null ? body.openapi : openApiVersion;
  if (!isPresent(version) || !isOpenApi3(version)) return body;
  moveToComponents(body, 'securityDefinitions', 'securitySchemes');
  moveToComponents(body, 'definitions', 'schemas');
  if (!isPresent(body.paths)) return body;
  const paths = requireMap(body.paths, 'Value of paths must be a dictionary according to Swagger spec.');
  for (const [path, item] of entriesOf(paths)) {
    const options = requirePathItem(item, path).options;
    if (!isPresent(options)) continue;
    convertPreflight(
      path,
      requireMap(
        options,
        `Value of options method for path ${path} must be a dictionary according to Swagger spec.`,
      ),
    );
  }
  return body;
}

function moveToComponents(body: Dict, from: string, to: string): void {
  if (!isPresent(body[from])) return;
  const components = isPresent(body.components) ? (body.components as Dict) : py();
  put(components, to, body[from]);
  put(body, 'components', components);
  delete body[from];
}

function convertPreflight(path: string, options: Dict): void {
  delete options.produces;
  delete options.consumes;
  if (options.responses === undefined) return;
  const refuse: (where: string) => never = (where) =>
    refuseDocument(`Invalid responses in options method for path ${path}: ${notAMap(where)}.`);
  const responses = options.responses;
  if (!isMap(responses)) refuse('');
  const response = responses['200'];
  if (response === undefined || response === null) return;
  if (!isMap(response)) refuse('200');
  if (!isPresent(response.headers)) return;
  const headers = requireMap(
    response.headers,
    `Value of response's headers in options method for path ${path} must be a dictionary according to Swagger spec.`,
  );
  for (const [name, header] of entriesOf(headers)) headers[name] = py({ schema: header });
}
