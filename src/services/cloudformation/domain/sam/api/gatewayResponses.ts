import { InvalidResource } from '../errors.ts';
import { expectMap, property } from '../expect.ts';
import { pythonText } from '../intrinsics.ts';
import { SwaggerDocument } from '../openapi/swagger.ts';
import { isValidSwagger } from '../openapi/swaggerParts.ts';
import { entriesOf, put, py, str } from '../python/py27.ts';
import { asMap, type Dict, isEmpty, isIntrinsic, isMap, isPresent } from '../values.ts';

const responseProperties = ['ResponseParameters', 'ResponseTemplates', 'StatusCode'];
const parameterPrefixes = [
  ['Headers', 'header.'],
  ['Paths', 'path.'],
  ['QueryStrings', 'querystring.'],
] as const;

/** `GatewayResponses`: what API Gateway answers by itself, written into the definition. */
export function gatewayResponses(apiId: string, responses: Dict, body: unknown): Dict {
  const refuse = (message: string): never => {
    throw new InvalidResource(apiId, message);
  };
  if (isEmpty(body)) {
    refuse("GatewayResponses works only with inline Swagger specified in 'DefinitionBody' property.");
  }
  for (const [name, response] of entriesOf(responses)) {
    if (isIntrinsic(response)) {
      refuse(
        'Unable to set GatewayResponses attribute because intrinsic functions are not supported for this field.',
      );
    }
    if (!isMap(response)) {
      return refuse(
        `Invalid property type '${pythonType(response)}' for GatewayResponses. Expected an object of type 'GatewayResponse'.`,
      );
    }
    const unknown = Object.keys(response).find((key) => !responseProperties.includes(key));
    if (unknown !== undefined)
      refuse(`Invalid property '${unknown}' in 'GatewayResponses' property '${name}'.`);
  }
  if (!isValidSwagger(body)) {
    refuse(
      "Unable to add Auth configuration because 'DefinitionBody' does not contain a valid Swagger definition.",
    );
  }
  const document = new SwaggerDocument(body);
  document.addGatewayResponses(
    new Map(
      entriesOf(responses).map(([type, response]) => [type, gatewayResponse(apiId, type, asMap(response))]),
    ),
  );
  return document.swagger;
}

function gatewayResponse(apiId: string, type: string, response: Dict): Dict {
  const parameters = isPresent(response.ResponseParameters)
    ? expectMap(response.ResponseParameters, property(apiId, `GatewayResponses.${type}.ResponseParameters`))
    : {};
  const unknown = Object.keys(parameters).find((key) => !parameterPrefixes.some(([name]) => name === key));
  if (unknown !== undefined) {
    throw new InvalidResource(apiId, `Invalid gateway response parameter '${unknown}'`);
  }
  const status = response.StatusCode;
  if (isPresent(status) && !/^[0-9]{1,3}$/.test(pythonText(status))) {
    throw new InvalidResource(apiId, "Property 'StatusCode' must be numeric");
  }
  const prefixed = py();
  for (const [name, prefix] of parameterPrefixes) {
    const values = expectMap(parameters[name] ?? {}, property(apiId, `ResponseParameters.${name}`));
    for (const [key, value] of entriesOf(values)) prefixed[`gatewayresponse.${prefix}${key}`] = value;
  }
  const templates = isPresent(response.ResponseTemplates) ? response.ResponseTemplates : py();
  const swagger = py({ responseParameters: prefixed, responseTemplates: templates });
  if (isPresent(status)) put(swagger, 'statusCode', str(pythonText(status)));
  return swagger;
}

function pythonType(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  // SAM marks the text of templates with APIs; the mark shows in this message.
  return 'Py27UniStr';
}
