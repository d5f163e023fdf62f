import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import type { Document } from 'yaml';
import type { LocationStyle } from './artifactProperties.ts';
import { bundle, wantsBundle } from './bundle.ts';
import { applyEdits, type Edit } from './edits.ts';
import { functionSource, isBuiltTemplate } from './functions.ts';
import { PackageError } from './packageError.ts';
import { type LocalReference, localReferences } from './references.ts';
import { parsed, readTemplate } from './templateDocument.ts';
import { zipFiles, zipPath } from './zip.ts';

export interface UploadedObject {
  readonly bucket: string;
  readonly key: string;
  readonly version?: string;
}

/** Stores bytes under a key that names their content; may do nothing when the key is there already. */
export type Upload = (key: string, body: Buffer) => Promise<UploadedObject>;

export interface Artifact {
  /** The place that names it: `MyFunction.CodeUri`. */
  readonly name: string;
  /** The absolute local path. */
  readonly path: string;
  readonly key: string;
  readonly bytes: number;
}

export interface PackagedTemplate {
  /** The template's text with what was local replaced by where it is now; comments and lines stay as they are. */
  readonly body: string;
  readonly artifacts: readonly Artifact[];
}

/**
 * Does what `aws cloudformation package` does: zips and uploads the folders and files that a template names, and
 * names the uploaded objects instead. Nested templates are packaged too. The same content is uploaded once. Functions
 * whose Metadata says `BuildMethod: esbuild` are bundled first, as `sam build` does.
 *
 * Throws {@link PackageError} for a template that can't be read and a path that doesn't exist.
 *
 * @see https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html
 */
export async function packageTemplate(templatePath: string, upload: Upload): Promise<PackagedTemplate> {
  const packaging = new Packaging(upload);
  const body = await packaging.template(resolve(templatePath));
  return { body, artifacts: packaging.artifacts };
}

/** One run: remembers what was uploaded, by path and way of packing. */
class Packaging {
  readonly artifacts: Artifact[] = [];
  private readonly upload: Upload;
  private readonly uploaded = new Map<string, Promise<UploadedObject>>();

  constructor(upload: Upload) {
    this.upload = upload;
  }

  async template(path: string): Promise<string> {
    const { source, document, lines } = parsed(path, await readTemplate(path));
    const edits: Edit[] = [];
    for (const reference of localReferences(document)) {
      const line = reference.node?.range ? lines.linePos(reference.node.range[0]).line : undefined;
      const object =
        (await this.bundled(reference, document, path)) ??
        (await this.artifact(reference, dirname(path), line));
      edits.push(edit(reference, location(object, reference.property.style), source));
    }
    return applyEdits(source, edits);
  }

  private async bundled(
    reference: LocalReference,
    document: Document,
    template: string,
  ): Promise<UploadedObject | undefined> {
    if (isBuiltTemplate(template)) return undefined;
    const source = functionSource(document, reference, dirname(template));
    if (!source || !wantsBundle(source.metadata)) return undefined;
    const body = await zipFiles((await bundle(source)).files);
    return this.put(reference.name, source.folder, body, '.zip');
  }

  private async artifact(reference: LocalReference, folder: string, line?: number): Promise<UploadedObject> {
    const path = resolve(folder, reference.path);
    const found = await stat(path).catch(() => undefined);
    if (!found) {
      throw new PackageError(
        `${reference.name} refers to a file or folder that does not exist: ${path}`,
        line,
      );
    }
    const isTemplate = reference.property.style === 'templateUrl';
    if (isTemplate && found.isDirectory()) {
      throw new PackageError(`${reference.name} must be a template file, but is a folder: ${path}`, line);
    }
    const isArchive = ['.zip', '.jar'].includes(extname(path).toLowerCase());
    const zips = found.isDirectory() || (reference.property.zip === true && !isArchive);
    const known = `${isTemplate ? 'template' : zips ? 'zip' : 'file'} ${path}`;
    const pending = this.uploaded.get(known) ?? this.store(reference.name, path, isTemplate, zips);
    this.uploaded.set(known, pending);
    return pending;
  }

  private async store(
    name: string,
    path: string,
    isTemplate: boolean,
    zips: boolean,
  ): Promise<UploadedObject> {
    const body = isTemplate
      ? Buffer.from(await this.template(path))
      : zips
        ? await zipPath(path)
        : await readFile(path);
    return this.put(name, path, body, isTemplate ? '.template' : zips ? '.zip' : extname(path));
  }

  private async put(name: string, path: string, body: Buffer, extension: string): Promise<UploadedObject> {
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 32);
    const object = await this.upload(hash + extension, body);
    this.artifacts.push({ name, path, key: object.key, bytes: body.length });
    return object;
  }
}

function location({ bucket, key, version }: UploadedObject, style: LocationStyle): unknown {
  if (style === 'templateUrl') return `https://s3.amazonaws.com/${bucket}/${key}`;
  if (style === 'uri') return `s3://${bucket}/${key}${version ? `?versionId=${version}` : ''}`;
  return { [style.bucket]: bucket, [style.key]: key, ...(version ? { [style.version]: version } : {}) };
}

/** JSON is YAML too, so the same text suits both kinds of template and stays on its line. */
function edit(reference: LocalReference, value: unknown, source: string): Edit {
  const text = JSON.stringify(value);
  if (reference.node?.range) {
    const [start, end] = reference.node.range;
    return { start, end, text };
  }
  const first = reference.into?.map.range?.[0] ?? 0;
  const key = reference.into?.key ?? '';
  if (source[first] === '{') return { start: first + 1, end: first + 1, text: `"${key}": ${text}, ` };
  const indent = first - (source.lastIndexOf('\n', first - 1) + 1);
  return { start: first, end: first, text: `${key}: ${text}\n${' '.repeat(indent)}` };
}
