import type {
  GetObjectCommandInput,
  GetObjectCommandOutput,
  HeadObjectCommandInput,
} from '@aws-sdk/client-s3';
import { AwsError } from '../../../kernel/index.ts';
import type { Reader } from '../../../store/index.ts';
import { readSegments } from '../content.ts';
import { type ByteRange, parseRange } from '../domain/byteRange.ts';
import { checksumOutput } from '../domain/checksum.ts';
import { check } from '../domain/conditions.ts';
import { encryptionOutput } from '../encryption.ts';
import { InvalidRequest, noSuchKey, notFound, preconditionFailed } from '../errors.ts';
import { wholeReadBytesMax } from '../limits.ts';
import { checkKey } from '../objectInput.ts';
import { bucketOf, type S3Context } from '../room.ts';
import { isVersioned, nullVersion } from '../store/versions.ts';
import type { Bucket, S3Store, StoredObject } from '../store.ts';

type Output = Partial<Omit<GetObjectCommandOutput, 'Body' | '$metadata'>> & {
  Body?: unknown;
  $metadata?: { httpStatusCode: number };
};
type Input = GetObjectCommandInput | HeadObjectCommandInput;

/** Reads of one object that a writer replaces again and again; then the write wins. */
const attemptsMax = 5;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export async function GetObject(ctx: S3Context, input: GetObjectCommandInput): Promise<Output> {
  for (let attempt = 1; ; attempt++) {
    const { object, output, range } = await describe(ctx, input);
    if (output.$metadata?.httpStatusCode === 304) return output;
    const { blobs } = ctx.room;
    const only = object.segments.length === 1 ? object.segments[0] : undefined;
    if (!only || only.size > wholeReadBytesMax) {
      return { ...output, Body: readSegments(blobs, object.segments, range) };
    }
    try {
      const bytes = await blobs.bytes(only.blob);
      return { ...output, Body: range ? bytes.subarray(range.start, range.end + 1) : bytes };
    } catch (error) {
      // Replaced between our look at the object and at its bytes: look again.
      if (attempt >= attemptsMax) throw error;
    }
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export async function HeadObject(ctx: S3Context, input: HeadObjectCommandInput): Promise<Output> {
  try {
    return (await describe(ctx, input)).output;
  } catch (error) {
    if (error instanceof AwsError && error.status === 404) throw notFound();
    throw error;
  }
}

async function describe(
  ctx: S3Context,
  input: Input,
): Promise<{ object: StoredObject; output: Output; range: ByteRange | undefined }> {
  const key = checkKey(input.Key);
  const { store } = ctx.room;
  if (input.SSECustomerAlgorithm !== undefined) {
    throw new InvalidRequest('The encryption parameters are not applicable to this object.');
  }
  const bucket = await bucketOf(ctx, input);
  const object = await versionOf(store, store.reader, bucket, key, input.VersionId);
  const outcome = check(
    {
      ifMatch: input.IfMatch,
      ifNoneMatch: input.IfNoneMatch,
      ifModifiedSince: input.IfModifiedSince,
      ifUnmodifiedSince: input.IfUnmodifiedSince,
    },
    object,
  );
  if (typeof outcome === 'object') throw preconditionFailed(outcome.failed);
  const identity: Output = {
    ETag: `"${object.etag}"`,
    LastModified: new Date(object.modifiedAt),
    ...versionOutput(bucket, object),
    ...(object.cacheControl === undefined ? {} : { CacheControl: object.cacheControl }),
  };
  if (outcome === 'not-modified') {
    return { object, range: undefined, output: { ...identity, $metadata: { httpStatusCode: 304 } } };
  }
  const range = rangeOf(input, object);
  const output: Output = {
    ...identity,
    ...headersOf(object, input),
    ...encryptionOutput(object, bucket),
    ContentLength: range ? range.end - range.start + 1 : object.size,
    ...(range && {
      ContentRange: `bytes ${range.start}-${range.end}/${object.size}`,
      $metadata: { httpStatusCode: 206 },
    }),
    ...(input.PartNumber !== undefined && object.isMultipart ? { PartsCount: object.segments.length } : {}),
    ...(input.ChecksumMode === 'ENABLED' && !range ? checksumOutput(object.checksum) : {}),
  };
  return { object, output, range };
}

function headersOf(object: StoredObject, input: Input): Output {
  const tagCount = Object.keys(object.tags).length;
  return {
    AcceptRanges: 'bytes',
    ContentType: input.ResponseContentType ?? object.contentType,
    ...given('CacheControl', input.ResponseCacheControl ?? object.cacheControl),
    ...given('ContentDisposition', input.ResponseContentDisposition ?? object.contentDisposition),
    ...given('ContentEncoding', input.ResponseContentEncoding ?? object.contentEncoding),
    ...given('ContentLanguage', input.ResponseContentLanguage ?? object.contentLanguage),
    ...given('WebsiteRedirectLocation', object.websiteRedirectLocation),
    ...given('StorageClass', object.storageClass),
    ...expiresOf(input.ResponseExpires?.toUTCString() ?? object.expires),
    Metadata: object.metadata,
    ...(tagCount > 0 ? { TagCount: tagCount } : {}),
  } as Output;
}

function given(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value };
}

/** What was stored is any text; only a date can travel in the modelled header. */
function expiresOf(text: string | undefined): Output {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? {} : { Expires: new Date(time) };
}

function rangeOf(input: Input, object: StoredObject): ByteRange | undefined {
  if (input.PartNumber !== undefined) {
    if (input.Range !== undefined) {
      throw new InvalidRequest('Cannot specify both Range header and partNumber query parameter');
    }
    return partRange(input.PartNumber, object);
  }
  const range = parseRange(input.Range, object.size);
  if (range !== 'unsatisfiable') return range;
  throw new AwsError('InvalidRange', 'The requested range is not satisfiable', {
    status: 416,
    members: { RangeRequested: input.Range, ActualObjectSize: object.size },
  });
}

/** An object that wasn't uploaded in parts is its own part 1. */
function partRange(number: number, object: StoredObject): ByteRange | undefined {
  const part = object.segments[number - 1];
  if (!part) {
    throw new AwsError('InvalidPartNumber', 'The requested partnumber is not satisfiable', {
      status: 416,
      members: { PartNumberRequested: number, ActualPartCount: object.segments.length },
    });
  }
  const start = object.segments.slice(0, number - 1).reduce((sum, each) => sum + each.size, 0);
  return part.size === 0 ? undefined : { start, end: start + part.size - 1 };
}

/**
 * The version that a request means: the current one when it names none.
 * @throws AwsError NoSuchKey, NoSuchVersion, or MethodNotAllowed for a delete marker.
 */
export async function versionOf(
  store: S3Store,
  reader: Reader,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
): Promise<StoredObject> {
  if (versionId === undefined || versionId === '') {
    const object = await store.object(reader, bucket, key);
    if (!object) throw noSuchKey(key);
    return object;
  }
  const version = await store.version(reader, bucket, key, versionId);
  if (!version) {
    throw new AwsError('NoSuchVersion', 'The specified version does not exist.', {
      status: 404,
      members: { Key: key, VersionId: versionId },
    });
  }
  if (version.isDeleteMarker) {
    throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
      status: 405,
      members: { Method: 'GET', ResourceType: 'DeleteMarker' },
    });
  }
  return version;
}

/** What answers say of an object's version: nothing in a bucket that never kept versions. */
export function versionOutput(bucket: Bucket, object: { versionId?: string }): { VersionId?: string } {
  return isVersioned(bucket) ? { VersionId: object.versionId ?? nullVersion } : {};
}
