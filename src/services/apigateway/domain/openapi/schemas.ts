/** Schemas of an OpenAPI document as models of an API: JSON schema draft 4, references by model name. */
import { isObject, type Json, objectOf } from './document.ts';

/** `User-Profile` → `UserProfile`: model names are alphanumeric. */
export function modelName(schemaName: string): string {
  return schemaName.replaceAll(/[^a-zA-Z0-9]/g, '');
}

/** Named schemas of the document: `definitions` (2.0) or `components.schemas` (3.x). */
export function schemasOf(root: Json, version: 2 | 3): Json {
  return version === 2 ? objectOf(root.definitions) : objectOf(objectOf(root.components).schemas);
}

/**
 * The schema with references to other schemas of the document rewritten as API Gateway does, to
 * `https://apigateway.amazonaws.com/restapis/{api}/models/{name}`.
 */
export function modelSchema(schema: unknown, apiId: string): string {
  return JSON.stringify(rewrite(schema, apiId));
}

function rewrite(value: unknown, apiId: string): unknown {
  if (Array.isArray(value)) return value.map((entry) => rewrite(entry, apiId));
  if (!isObject(value)) return value;
  const copy: Json = {};
  for (const [name, entry] of Object.entries(value)) {
    const schemaName =
      name === '$ref' && typeof entry === 'string'
        ? /^#\/(?:definitions|components\/schemas)\/(.+)$/.exec(entry)?.[1]
        : undefined;
    copy[name] = schemaName
      ? `https://apigateway.amazonaws.com/restapis/${apiId}/models/${modelName(decodeURIComponent(schemaName))}`
      : rewrite(entry, apiId);
  }
  // OpenAPI 3.0's `nullable` has no meaning in draft 4, where null is a type.
  if (copy.nullable === true && typeof copy.type === 'string') copy.type = [copy.type, 'null'];
  return copy;
}

/** A model's schema as a document's: references to models are references within the document again. */
export function exportSchema(schema: string, version: 2 | 3): unknown {
  const prefix = version === 3 ? '#/components/schemas/' : '#/definitions/';
  return JSON.parse(schema, (name, value: unknown) => {
    const model =
      name === '$ref' && typeof value === 'string'
        ? /^https?:\/\/apigateway\.amazonaws\.com\/restapis\/[^/]+\/models\/([^/#]+)$/.exec(value)?.[1]
        : undefined;
    return model === undefined ? value : prefix + model;
  });
}
