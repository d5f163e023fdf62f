import { InvalidResource } from './errors.ts';
import { type Dict, isEmpty, isMap, isPresent, isText, text } from './values.ts';

export interface S3Pointer {
  readonly Bucket: unknown;
  readonly Key: unknown;
  readonly Version?: unknown;
  readonly StorageMode?: unknown;
}

/** Reads `s3://bucket/key?versionId=…`; undefined for anything else. */
export function parseS3Uri(uri: unknown): S3Pointer | undefined {
  if (!isText(uri)) return undefined;
  const match = /^s3:\/\/([^/?#]+)\/+([^?#]+)(?:\?([^#]*))?/i.exec(text(uri));
  const [, Bucket, Key, query] = match ?? [];
  if (!Bucket || !Key) return undefined;
  const versions = new URLSearchParams(query ?? '').getAll('versionId');
  return versions.length === 1 ? { Bucket, Key, Version: versions[0] } : { Bucket, Key };
}

const dynamicReference = /\{\{resolve:(ssm|ssm-secure|secretsmanager):[a-zA-Z0-9_.\-/]+(:\d+)?\}\}/;

/** Where code lies, from a URI or a map of Bucket and Key. */
export function s3Pointer(location: unknown, logicalId: string, property: string): S3Pointer {
  if (isMap(location)) {
    if (isEmpty(location.Bucket) || isEmpty(location.Key)) {
      throw new InvalidResource(
        logicalId,
        `'${property}' requires Bucket and Key properties to be specified.`,
      );
    }
    return location as unknown as S3Pointer;
  }
  if (!isText(location))
    throw new InvalidResource(logicalId, `'${property}' must be of type dict or string.`);
  if (dynamicReference.exec(text(location))?.[0].includes('/')) {
    throw new InvalidResource(
      logicalId,
      `Unsupported dynamic reference detected in '${property}'. Please consider using alternative 'FunctionCode' object format.`,
    );
  }
  const pointer = parseS3Uri(location);
  if (!pointer) {
    throw new InvalidResource(
      logicalId,
      `'${property}' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.`,
    );
  }
  return pointer;
}

/** A location in the words of AWS::Lambda::Function and AWS::Lambda::LayerVersion. */
export function lambdaCode(location: unknown, logicalId: string, property: string): Dict {
  const pointer = s3Pointer(location, logicalId, property);
  const code: Dict = { S3Bucket: pointer.Bucket, S3Key: pointer.Key };
  if ('Version' in pointer) code.S3ObjectVersion = pointer.Version;
  if (isPresent(pointer.StorageMode)) code.S3ObjectStorageMode = pointer.StorageMode;
  return code;
}
