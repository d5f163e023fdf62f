/** The bytes of a source file without its compression, as they come. */
import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { type Chunks, Malformed } from './source.ts';

export type Compression = 'NONE' | 'GZIP' | 'ZSTD';

/**
 * @param count is told the size of each decompressed chunk.
 * @throws Malformed when the bytes aren't what `compression` says; errors of the source itself as they are.
 */
export async function* decompressed(
  source: Chunks | Iterable<Uint8Array>,
  compression: Compression,
  count: (bytes: number) => void,
): Chunks {
  let sourceError: unknown;
  let sourceBytes = 0;
  const watched = (async function* () {
    try {
      for await (const chunk of source) {
        sourceBytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      sourceError = error;
      throw error;
    }
  })();
  const chunks = compression === 'NONE' ? watched : through(watched, decompressorOf(compression));
  try {
    for await (const chunk of chunks) {
      count(chunk.length);
      yield chunk;
    }
  } catch (error) {
    if (sourceError !== undefined) throw sourceError;
    if (compression === 'NONE' || !isZlibError(error)) throw error;
    // An object without bytes, as `_started` beside an export, is an empty file in any compression.
    if (sourceBytes === 0) return;
    throw new Malformed(`The object is not valid ${compression}: ${error.message}`);
  }
}

function decompressorOf(compression: 'GZIP' | 'ZSTD'): Transform {
  return compression === 'GZIP' ? createGunzip() : createZstdDecompress();
}

function through(source: Chunks, transform: Transform): Chunks {
  pipeline(Readable.from(source, { objectMode: false }), transform, () => {});
  return transform;
}

function isZlibError(error: unknown): error is Error {
  const { code } = error as { code?: unknown };
  return error instanceof Error && typeof code === 'string' && /^Z_|^ZSTD_|^ERR_ZSTD|^ERR_BUFFER/.test(code);
}
