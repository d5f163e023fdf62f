/** Where a function's or layer's code comes from: the request, or an object in S3. */

import type { Readable } from 'node:stream';
import type { FunctionCode, LayerVersionContentInput } from '@aws-sdk/client-lambda';
import { AwsError, NotImplemented } from '../../../kernel/index.ts';
import { InvalidParameterValueException } from '../errors.ts';
import type { Code } from '../records.ts';
import type { Context } from './context.ts';

/**
 * Fetches, checks and unpacks; the blob must be claimed in the transaction that refers to it.
 * @throws CodeStorageExceededException
 */
export async function takeCode(ctx: Context, source: FunctionCode & LayerVersionContentInput): Promise<Code> {
  const code = await takeArchive(ctx, source);
  await ctx.room.codeStorage.take(ctx, code.size);
  return code;
}

async function takeArchive(ctx: Context, source: FunctionCode & LayerVersionContentInput): Promise<Code> {
  if (source.SourceKMSKeyArn !== undefined) throw new NotImplemented('Lambda Code.SourceKMSKeyArn');
  if (source.S3ObjectStorageMode !== undefined) throw new NotImplemented('Lambda Code.S3ObjectStorageMode');
  const { ZipFile, S3Bucket, S3Key, S3ObjectVersion } = source;
  if (ZipFile !== undefined && (S3Bucket !== undefined || S3Key !== undefined)) {
    throw new InvalidParameterValueException(
      'Please do not provide other FunctionCode parameters when providing a ZipFile.',
    );
  }
  if (ZipFile !== undefined) return ctx.room.packages.take(ZipFile, true);
  if (S3Bucket === undefined || S3Key === undefined) {
    throw new InvalidParameterValueException('Please provide a source for function code.');
  }
  return ctx.room.packages.take(await fetchObject(ctx, S3Bucket, S3Key, S3ObjectVersion), false);
}

async function fetchObject(
  ctx: Context,
  Bucket: string,
  Key: string,
  VersionId?: string,
): Promise<Uint8Array> {
  try {
    const input = { Bucket, Key, ...(VersionId === undefined ? {} : { VersionId }) };
    const { Body } = await ctx.aws.call<{ Body: Readable | Uint8Array | undefined }>(
      's3',
      'GetObject',
      input,
    );
    if (Body instanceof Uint8Array) return Body;
    const parts: Uint8Array[] = [];
    for await (const part of Body ?? []) parts.push(part as Uint8Array);
    return Buffer.concat(parts);
  } catch (error) {
    if (!(error instanceof AwsError) || error.code === 'NotImplemented') throw error;
    throw new InvalidParameterValueException(
      `Error occurred while GetObject. S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`,
    );
  }
}
