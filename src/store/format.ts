/** The data folder's format: which version wrote it, and how an older one is brought up to date. */
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Rises when a Brume can no longer read what an older one wrote, or an older one what this one writes. */
export const formatVersion = 1;

/**
 * How to bring a folder of version N to N + 1, under N; runs on the closed folder, before anything reads it.
 * Empty as long as there has been one version.
 */
const upgrades: Readonly<Record<number, (folder: string) => void>> = {};

export class UnknownFormat extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnknownFormat';
  }
}

interface Format {
  format: number;
  /** The version of Brume that last wrote here, for messages. */
  brume: string;
}

/** Checks that the folder is one this Brume may open, upgrades an older one and marks a new one. */
export function settleFormat(folder: string, brumeVersion: string): void {
  const path = join(folder, 'format.json');
  const found = readFormat(path);
  if (!found) {
    if (existsSync(join(folder, 'store'))) {
      throw new UnknownFormat(
        `${folder} holds data without a readable format.json: Brume can't tell its version.`,
      );
    }
    const strangers = readdirSync(folder).filter((name) => !name.startsWith('lock'));
    if (strangers.length > 0) {
      throw new UnknownFormat(
        `${folder} holds files that aren't Brume's (${strangers.slice(0, 3).join(', ')}). Name an empty or a new folder.`,
      );
    }
    writeFormat(path, brumeVersion);
    return;
  }
  if (found.format > formatVersion) {
    throw new UnknownFormat(
      `the data folder ${folder} was written by Brume ${found.brume} (format ${found.format}); ` +
        `this is Brume ${brumeVersion}, which reads formats up to ${formatVersion}. Use that version, or a newer one.`,
    );
  }
  for (let version = found.format; version < formatVersion; version++) {
    const upgrade = upgrades[version];
    if (!upgrade) throw new UnknownFormat(`the format ${version} of ${folder} can't be upgraded any more.`);
    upgrade(folder);
  }
  if (found.format !== formatVersion || found.brume !== brumeVersion) writeFormat(path, brumeVersion);
}

function readFormat(path: string): Format | undefined {
  try {
    const format = JSON.parse(readFileSync(path, 'utf8')) as Format;
    return Number.isInteger(format.format) ? format : undefined;
  } catch {
    return undefined;
  }
}

function writeFormat(path: string, brume: string): void {
  writeFileSync(`${path}.new`, `${JSON.stringify({ format: formatVersion, brume })}\n`, { flush: true });
  renameSync(`${path}.new`, path);
}
