/** Makes a .zip archive of a few files, for code that stands inline in a template. */
import { ZipFile } from 'yazl';

/** Times in archives of inline code: fixed, so that equal code has an equal digest. */
const epoch = new Date('1980-01-01T00:00:00Z');

/** @param files content by name. */
export async function zipped(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files)) {
    zip.addBuffer(typeof content === 'string' ? Buffer.from(content) : content, name, {
      mtime: epoch,
      mode: 0o100644,
    });
  }
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
