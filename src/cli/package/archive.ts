/**
 * Writes .zip archives, and remembers how files were packed: an archive of a thousand files in which one has changed
 * costs what one file costs. The same content gives the same bytes, whenever and wherever it is packed.
 *
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import { crc32, deflateRawSync } from 'node:zlib';

/** A file of an archive, packed. */
export interface PackedFile {
  /** Deflated, or as it is when that is no shorter. */
  readonly bytes: Buffer;
  readonly deflated: boolean;
  readonly crc: number;
  /** Bytes before packing. */
  readonly size: number;
}

/** More entries, or more bytes, need the format's 64-bit records, which Lambda's 250 MB never do. */
export const archiveEntriesMax = 0xffff;
const archiveBytesMax = 0xffff_ffff;

const versionNeeded = 20;
/** Version 6.3 of the format, made on Unix: modes are Unix modes. */
const versionMadeBy = (3 << 8) | 63;
/** Names are UTF-8. */
const flags = 0x0800;
/** 1 January 1980, the earliest that the format can say. */
const dosDate = (1 << 5) | 1;
const regularFile = 0o100_000;

export function packed(content: Uint8Array): PackedFile {
  const short = deflateRawSync(content);
  const deflated = short.length < content.length;
  const bytes = deflated ? short : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return { bytes, deflated, crc: crc32(content), size: content.length };
}

/**
 * @param files by name, with `/` between folders; `isExecutable` is all that is kept of modes.
 * @throws RangeError beyond 65,535 files or 4 GB.
 */
export function archive(
  files: readonly { readonly name: string; readonly isExecutable: boolean; readonly packed: PackedFile }[],
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, isExecutable, packed } of files) {
    const path = Buffer.from(name);
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x0403_4b50, 0);
    describe(header, 4, packed, path.length);
    parts.push(header, path, packed.bytes);

    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x0201_4b50, 0);
    entry.writeUInt16LE(versionMadeBy, 4);
    describe(entry, 6, packed, path.length);
    entry.writeUInt32LE(((regularFile | (isExecutable ? 0o755 : 0o644)) << 16) >>> 0, 38);
    entry.writeUInt32LE(offset, 42);
    directory.push(entry, path);
    offset += header.length + path.length + packed.bytes.length;
    if (offset > archiveBytesMax) throw new RangeError('The archive would be larger than 4 GB.');
  }
  if (files.length > archiveEntriesMax) throw new RangeError(`An archive holds ${archiveEntriesMax} files.`);
  const directoryBytes = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directoryBytes, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

/** What the header of a file and its entry in the directory have in common. */
function describe(into: Buffer, at: number, { bytes, deflated, crc, size }: PackedFile, nameBytes: number) {
  into.writeUInt16LE(versionNeeded, at);
  into.writeUInt16LE(flags, at + 2);
  into.writeUInt16LE(deflated ? 8 : 0, at + 4);
  into.writeUInt16LE(0, at + 6);
  into.writeUInt16LE(dosDate, at + 8);
  into.writeUInt32LE(crc, at + 10);
  into.writeUInt32LE(bytes.length, at + 14);
  into.writeUInt32LE(size, at + 18);
  into.writeUInt16LE(nameBytes, at + 22);
}
