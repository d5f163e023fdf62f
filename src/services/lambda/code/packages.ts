/**
 * Deployment packages: the archive is a blob, what the sandbox sees is a folder unpacked once per content. The
 * folders are a cache: they are named after the machine's boot, so that one cut short by a power loss is never used.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Ids } from '../../../kernel/index.ts';
import type { Blobs } from '../../../store/blobs.port.ts';
import { InvalidParameterValueException, RequestEntityTooLargeException } from '../errors.ts';
import { zipUploadBytesMax } from '../limits.ts';
import type { Code } from '../records.ts';
import { unpack, unzippedSize } from './unpack.ts';

/** Longer than a cold start takes to link its files. Milliseconds. */
const forgetAfterMs = 60_000;

export class Packages {
  readonly #blobs: Blobs;
  readonly #ids: Ids;
  readonly #root: string;
  readonly #folder: string;
  readonly #unpacking = new Map<string, Promise<string>>();
  /** Folders that are there, and when each was used last. Milliseconds since the epoch. */
  readonly #unpacked = new Map<string, number>();
  readonly #clock: Clock;

  constructor(dataFolder: string, blobs: Blobs, ids: Ids, clock: Clock) {
    this.#blobs = blobs;
    this.#ids = ids;
    this.#clock = clock;
    this.#root = join(dataFolder, 'lambda', 'code');
    this.#folder = join(this.#root, bootName(ids));
  }

  /** Removes the folders of earlier boots. */
  async open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await Promise.all([this.#root, this.#folder].map((folder) => chmod(folder, 0o755)));
    for (const name of await readdir(this.#root)) {
      const path = join(this.#root, name);
      if (path !== this.#folder) await rm(path, { recursive: true, force: true });
    }
  }

  /** Unpacks and stages an archive. The blob must be claimed in the transaction that refers to it. */
  async take(archive: Uint8Array, uploaded: boolean): Promise<Code> {
    if (archive.length === 0)
      throw new InvalidParameterValueException('Uploaded file must be a non-empty zip');
    if (uploaded && archive.length > zipUploadBytesMax) {
      throw new RequestEntityTooLargeException(
        `Request must be smaller than ${Math.ceil((zipUploadBytesMax * 4) / 3)} bytes for the CreateFunction operation`,
      );
    }
    const digest = createHash('sha256').update(archive).digest();
    const name = digest.toString('hex');
    await this.#unpack(name, async () => archive);
    const blob = await this.#blobs.stage(archive);
    return {
      blobId: blob.id,
      sha256: digest.toString('base64'),
      size: archive.length,
      unzippedSize: await unzippedSize(archive),
    };
  }

  /** The folder with the content of `code`; absolute. At once when it is there. Empty for an image. */
  folder(code: Code): string | Promise<string> {
    if (code.blobId === '') return '';
    const name = folderName(code);
    if (this.#unpacked.has(name)) {
      this.#unpacked.set(name, this.#clock.now());
      return join(this.#folder, name);
    }
    return this.#unpack(name, () => this.#blobs.bytes(code.blobId));
  }

  /**
   * Code that a function has no more. Its folder goes after a while, unless somebody uses it again: environments
   * being started still read from it, and another function may have the same code (and unpacks it anew).
   */
  forget(code: Code): void {
    if (code.blobId === '') return;
    const name = folderName(code);
    const forgottenAt = this.#clock.now();
    this.#clock.at(forgottenAt + forgetAfterMs, () => {
      const usedAt = this.#unpacked.get(name);
      if (usedAt === undefined || usedAt > forgottenAt) return;
      this.#unpacked.delete(name);
      // Renamed first: a folder under its name is always whole.
      const gone = join(this.#folder, `${name}.${this.#ids.token(8)}`);
      rename(join(this.#folder, name), gone)
        .then(() => rm(gone, { recursive: true, force: true }))
        .catch(() => {
          // What stays is removed with the folders of this boot.
        });
    });
  }

  #unpack(name: string, archive: () => Promise<Uint8Array>): Promise<string> {
    let unpacking = this.#unpacking.get(name);
    if (!unpacking) {
      unpacking = this.#unpackOnce(name, archive).finally(() => this.#unpacking.delete(name));
      this.#unpacking.set(name, unpacking);
    }
    return unpacking;
  }

  async #unpackOnce(name: string, archive: () => Promise<Uint8Array>): Promise<string> {
    const folder = join(this.#folder, name);
    if (!existsSync(folder)) {
      const temporary = join(this.#folder, `${name}.${this.#ids.token(8)}`);
      await mkdir(temporary, { recursive: true });
      try {
        await unpack(await archive(), temporary);
        await chmod(temporary, 0o755);
        await rename(temporary, folder);
      } catch (error) {
        await rm(temporary, { recursive: true, force: true });
        // Another process over the same folder was first.
        if (!existsSync(folder)) throw error;
      }
    }
    this.#unpacked.set(name, this.#clock.now());
    return folder;
  }
}

function folderName(code: Code): string {
  return Buffer.from(code.sha256, 'base64').toString('hex');
}

/** Changes with every start of the machine; where the machine doesn't tell, with every start of the cloud. */
function bootName(ids: Ids): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return ids.uuid();
  }
}
