/** Brings the code of one function to the cloud whenever its files have changed: built, packed, updated. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import {
  LambdaClient,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  type UpdateFunctionCodeCommandInput,
} from '@aws-sdk/client-lambda';
import { artifactUploader } from '../artifacts.ts';
import { Bundler, type FunctionSource, wantsBundle, zipFiles, zipPath } from '../package/index.ts';
import { clientConfig, type Target } from '../target.ts';

/** Above this, the archive goes through a bucket: requests to Lambda carry 50 MB, base64 included. Bytes. */
const directBytesMax = 30 * 1024 * 1024;

export class CodeUpdater {
  readonly source: FunctionSource;
  readonly #target: Target;
  readonly #stack: string;
  readonly #lambda: LambdaClient;
  readonly #bundler: Bundler | undefined;
  /** Of what the function has, base64; undefined before it is known. */
  #sha256: string | undefined;
  /** What a bundle was made of, beside the function's folder. */
  #sources: readonly string[] = [];

  constructor(target: Target, stack: string, source: FunctionSource) {
    this.#target = target;
    this.#stack = stack;
    this.source = source;
    this.#lambda = new LambdaClient(clientConfig(target));
    this.#bundler = wantsBundle(source.metadata) ? new Bundler(source) : undefined;
  }

  /** Absolute paths outside the function's folder that its code was bundled from. */
  get sources(): readonly string[] {
    return this.#sources.filter((path) => !path.startsWith(`${this.source.folder}/`));
  }

  /**
   * Updates the function when its code isn't what `deployed` says, or what the last update brought.
   * @param deployed the archive that the function has, as `CodeSha256` tells it.
   * @returns whether there was anything to update.
   * @throws PackageError when it can't be built; what the cloud answers when it refuses the code.
   */
  async update(functionName: string, deployed?: string): Promise<boolean> {
    if (deployed !== undefined) this.#sha256 = deployed;
    const archive = await this.#pack();
    // Gone for the moment: a build is making it anew.
    if (!archive) return false;
    const digest = createHash('sha256').update(archive);
    const sha256 = digest.digest('base64');
    if (sha256 === this.#sha256) return false;
    const { Version } = await this.#lambda.send(
      new UpdateFunctionCodeCommand({
        FunctionName: functionName,
        // An alias never shows what isn't published.
        ...(this.source.alias ? { Publish: true } : {}),
        ...(await this.#codeOf(archive)),
      }),
    );
    if (this.source.alias && Version !== undefined) {
      await this.#lambda.send(
        new UpdateAliasCommand({
          FunctionName: functionName,
          Name: this.source.alias,
          FunctionVersion: Version,
        }),
      );
    }
    this.#sha256 = sha256;
    return true;
  }

  async close(): Promise<void> {
    await this.#bundler?.close();
  }

  async #pack(): Promise<Buffer | undefined> {
    if (this.#bundler) {
      const { files, sources } = await this.#bundler.build();
      this.#sources = sources;
      return zipFiles(files);
    }
    try {
      return await zipPath(this.source.folder);
    } catch (error) {
      // A file that was listed and is gone, or the folder itself: the next change tells more.
      if (await stat(this.source.folder).catch(() => undefined)) throw error;
      return undefined;
    }
  }

  async #codeOf(archive: Buffer): Promise<Omit<UpdateFunctionCodeCommandInput, 'FunctionName'>> {
    if (archive.length <= directBytesMax) return { ZipFile: archive };
    const name = createHash('sha256').update(archive).digest('hex').slice(0, 32);
    const { bucket, key } = await artifactUploader(this.#target, this.#stack)(`${name}.zip`, archive);
    return { S3Bucket: bucket, S3Key: key };
  }
}
