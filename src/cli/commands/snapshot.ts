/** `brume snapshot save|load FILE`. */
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { exitCodes, Failure } from '../failure.ts';
import { control, resolveTarget, type TargetOptions } from '../target.ts';

export async function save(file: string, options: TargetOptions): Promise<void> {
  const response = await control(resolveTarget(options), 'snapshot');
  const partial = `${file}.partial`;
  try {
    await pipeline(Readable.fromWeb(response.body as never), createWriteStream(partial, { mode: 0o600 }));
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  process.stderr.write(`Saved ${(await stat(file)).size} bytes to ${file}.\n`);
}

export async function load(file: string, options: TargetOptions): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) {
    throw new Failure(`There is no snapshot at ${file}.`, {
      exitCode: exitCodes.usage,
      hints: ['`brume snapshot save FILE` writes one.'],
    });
  }
  await control(resolveTarget(options), 'snapshot', {
    method: 'PUT',
    body: Readable.toWeb(createReadStream(file)) as never,
    duplex: 'half',
  } as RequestInit);
  process.stderr.write(`Loaded ${file}.\n`);
}
