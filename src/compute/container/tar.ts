/** What is in a tar archive, by its headers: https://www.gnu.org/software/tar/manual/html_node/Standard.html */

export interface TarEntry {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
}

const blockBytes = 512;

/** Names only; long ones (GNU's and pax's) included. What is cut short ends the list. */
export function entriesOf(archive: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  let longName: string | undefined;
  for (let at = 0; at + blockBytes <= archive.length; ) {
    const header = archive.subarray(at, at + blockBytes);
    if (header[0] === 0) break;
    const size = Number.parseInt(text(header, 124, 12), 8) || 0;
    const body = archive.subarray(at + blockBytes, at + blockBytes + size);
    at += blockBytes + Math.ceil(size / blockBytes) * blockBytes;
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === 'L') longName = text(body, 0, size);
    else if (type === 'x') longName = /^\d+ path=(.*)$/m.exec(body.toString('utf8'))?.[1] ?? longName;
    else if (type !== 'g' && type !== 'K') {
      const prefix = text(header, 345, 155);
      const name = text(header, 0, 100);
      const path = longName ?? (prefix === '' ? name : `${prefix}/${name}`);
      const kind = type === '5' ? 'folder' : type === '1' || type === '2' ? 'link' : 'file';
      entries.push({ path, kind });
      longName = undefined;
    }
  }
  return entries;
}

function text(bytes: Buffer, from: number, length: number): string {
  const field = bytes.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}
