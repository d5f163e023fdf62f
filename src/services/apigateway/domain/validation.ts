/** Request validators. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html */
import type { ValidateFunction } from 'ajv';
import Ajv4Module from 'ajv-draft-04';
import { Refusal } from './gatewayResponses.ts';
import { mediaTypeOf } from './mediaTypes.ts';
import { headerOf, type MultiValues, ownEntry } from './parameters.ts';
import type { Method, Model } from './types.ts';

// The package is CommonJS: its class is the default export of the default export.
const Ajv4 = Ajv4Module.default;

/** Names of required parameters that aren't there or are blank. @throws Refusal 400 naming them. */
export function validateParameters(
  method: Method,
  request: { path: Record<string, string>; query: MultiValues; headers: MultiValues },
): void {
  const missing: string[] = [];
  for (const [expression, required] of Object.entries(method.requestParameters ?? {})) {
    const [, place = '', name = ''] = /^method\.request\.([a-z]+)\.(.+)$/.exec(expression) ?? [];
    if (!required) continue;
    const value = place.endsWith('querystring')
      ? request.query[name]?.at(-1)
      : place.endsWith('header')
        ? headerOf(request.headers, name)
        : request.path[name];
    if (value === undefined || value === '') missing.push(name);
  }
  if (missing.length > 0) {
    const message = `Missing required request parameters: [${missing.join(', ')}]`;
    throw new Refusal('BAD_REQUEST_PARAMETERS', message);
  }
}

/** Compiled schemas of a deployment. */
const validators = new WeakMap<ReadonlyMap<string, Model>, Map<string, ValidateFunction | undefined>>();

/** @throws Refusal 400 `Invalid request body` when the model of the content type doesn't hold. */
export function validateBody(
  method: Pick<Method, 'requestModels'>,
  models: ReadonlyMap<string, Model>,
  contentType: string | undefined,
  body: string,
): void {
  const type = mediaTypeOf(contentType) || 'application/json';
  const name = ownEntry(method.requestModels, type) ?? method.requestModels?.$default;
  if (name === undefined) return;
  const validate = validatorOf(models, name);
  if (!validate) return;
  let value: unknown;
  try {
    value = JSON.parse(body === '' ? '{}' : body);
  } catch {
    throw invalid('[body is not valid JSON]');
  }
  if (validate(value)) return;
  const errors = (validate.errors ?? []).map((error) => `${error.instancePath || 'object'} ${error.message}`);
  throw invalid(JSON.stringify(`[${errors.join(', ')}]`));
}

function invalid(validationErrors: string): Refusal {
  return new Refusal('BAD_REQUEST_BODY', 'Invalid request body', { validationErrors });
}

function validatorOf(models: ReadonlyMap<string, Model>, name: string): ValidateFunction | undefined {
  let compiled = validators.get(models);
  if (!compiled) {
    compiled = new Map();
    validators.set(models, compiled);
  }
  if (compiled.has(name)) return compiled.get(name);
  const schema = models.get(name)?.schema;
  const validate = schema === undefined ? undefined : compile(models, name);
  compiled.set(name, validate);
  return validate;
}

/** References go by model name: the last part of `https://apigateway.amazonaws.com/restapis/{id}/models/{name}`. */
function compile(models: ReadonlyMap<string, Model>, name: string): ValidateFunction {
  const ajv = new Ajv4({ strict: false, allErrors: true, logger: false, validateFormats: false });
  for (const model of models.values()) {
    if (model.schema === undefined || model.name === name) continue;
    ajv.addSchema(referable(model.schema), `http://models/${model.name}`);
  }
  return ajv.compile({
    ...(referable(models.get(name)?.schema ?? '{}') as object),
    id: `http://models/${name}`,
  });
}

function referable(schema: string): object {
  const text = schema.replaceAll(
    /"\$ref"\s*:\s*"https?:\/\/apigateway\.amazonaws\.com(?:\.cn)?\/restapis\/[^/]+\/models\/([^"#/]+)/g,
    '"$ref":"http://models/$1',
  );
  const { $schema: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return rest;
}
