/**
 * Puts a function's files into the folder that its sandbox sees: hard links, so that nothing is copied, and
 * copies where the two folders are on different devices. The sandbox sees the folder read-only, so a link
 * can't be used to change the original.
 */
import { copyFileSync, linkSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

interface Listing {
  folders: string[];
  files: string[];
  links: { path: string; target: string }[];
}

/** Listings of folders whose content never changes, so that each is read once. */
const listings = new Map<string, Listing>();
const listingsMax = 512;
/** More files than this are linked in slices, so that the event loop goes on. */
const sliceFiles = 256;

/** Fills `into` (exists, empty) with what `folder` holds. At once for small folders: then nothing is awaited. */
export function populate(folder: string, into: string): Promise<void> | undefined {
  const known = listings.get(folder);
  if (known) return place(known, folder, into);
  const top = readdirSync(folder, { withFileTypes: true });
  if (top.every((entry) => entry.isFile()) && top.length <= sliceFiles) {
    const listing: Listing = { folders: [], files: top.map((entry) => entry.name), links: [] };
    remember(folder, listing);
    return place(listing, folder, into);
  }
  return list(folder).then((listing) => {
    remember(folder, listing);
    return place(listing, folder, into);
  });
}

function remember(folder: string, listing: Listing): void {
  if (listings.size >= listingsMax) listings.delete(listings.keys().next().value as string);
  listings.set(folder, listing);
}

async function list(folder: string): Promise<Listing> {
  const listing: Listing = { folders: [], files: [], links: [] };
  const pending = [''];
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    for (const entry of await readdir(join(folder, current), { withFileTypes: true })) {
      const path = join(current, entry.name);
      if (entry.isDirectory()) {
        listing.folders.push(path);
        pending.push(path);
      } else if (entry.isSymbolicLink()) {
        listing.links.push({ path, target: readlinkSync(join(folder, path)) });
      } else if (entry.isFile()) listing.files.push(path);
    }
  }
  return listing;
}

function place(listing: Listing, from: string, into: string): Promise<void> | undefined {
  // Parents come before their children: `list` pushes a folder before it looks inside.
  for (const folder of listing.folders) mkdirSync(join(into, folder), { recursive: true });
  for (const { path, target } of listing.links) symlinkSync(target, join(into, path));
  if (listing.files.length <= sliceFiles) {
    for (const file of listing.files) placeFile(join(from, file), join(into, file));
    return undefined;
  }
  return placeSlices(listing.files, from, into);
}

async function placeSlices(files: readonly string[], from: string, into: string): Promise<void> {
  for (let start = 0; start < files.length; start += sliceFiles) {
    for (const file of files.slice(start, start + sliceFiles)) placeFile(join(from, file), join(into, file));
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

function placeFile(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // Layers are placed last first: a file that is there already belongs to a later layer, and wins.
    if (code === 'EEXIST') return;
    if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'EMLINK') throw error;
    copyFileSync(from, to);
  }
}
