/** Where a function's code comes from when it may be a container image. */
import type { FunctionCode } from '@aws-sdk/client-lambda';
import { InvalidParameterValueException } from '../errors.ts';
import { imageBytesMax } from '../limits.ts';
import type { Code, ImageRecord } from '../records.ts';
import { takeCode } from './code.ts';
import type { Context } from './context.ts';

/** A reference as container engines read it: registry, repository, tag or digest. */
const reference = /^[A-Za-z0-9][\w.\-:/]*(@sha256:[0-9a-f]{64})?$/;

export interface Source {
  readonly code: Code;
  readonly image?: ImageRecord;
}

/** The archive or the image of a new function. */
export async function takeSource(ctx: Context, source: FunctionCode, isImage: boolean): Promise<Source> {
  if (!isImage) return { code: await takeCode(ctx, source) };
  const { ImageUri, ZipFile, S3Bucket, S3Key } = source;
  if (ImageUri === undefined || ZipFile !== undefined || S3Bucket !== undefined || S3Key !== undefined) {
    throw new InvalidParameterValueException('Please provide a source for function code.');
  }
  return takeImage(ctx, ImageUri);
}

/** What replaces the code of a function; its kind of package stays. */
export async function takeNewSource(ctx: Context, source: FunctionCode, isImage: boolean): Promise<Source> {
  const { ImageUri } = source;
  if (!isImage && ImageUri !== undefined) {
    throw new InvalidParameterValueException(
      "Please don't provide ImageUri when updating a function with packageType Zip.",
    );
  }
  if (isImage && ImageUri === undefined) {
    throw new InvalidParameterValueException(
      'Please provide ImageUri when updating a function with packageType Image.',
    );
  }
  return takeSource(ctx, source, isImage);
}

/**
 * “If the image tag is changed later, the function doesn't change”: where a container engine has the image, that one is
 * kept. Where none has it yet, the name is looked up when an environment starts.
 */
async function takeImage(ctx: Context, uri: string): Promise<Source> {
  if (!reference.test(uri)) {
    throw new InvalidParameterValueException(
      `Source image ${uri} is not valid. Provide a valid source image.`,
    );
  }
  const resolved = await ctx.room.platform.compute.resolveImage(uri);
  if (resolved && resolved.size > imageBytesMax) {
    throw new InvalidParameterValueException(
      `Source image ${uri} is larger than the maximum of ${imageBytesMax} bytes. Provide a valid source image.`,
    );
  }
  const digest = uri.split('@')[1] ?? resolved?.digest;
  return {
    code: { blobId: '', sha256: digest?.replace('sha256:', '') ?? '', size: 0, unzippedSize: 0 },
    image: {
      uri,
      ...(resolved ? { pinned: resolved.id } : {}),
      ...(digest === undefined ? {} : { digest }),
    },
  };
}
