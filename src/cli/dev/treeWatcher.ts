/**
 * Tells when something below a folder changes, or a file does. A watch per folder: it notices files that editors
 * replace instead of writing, folders that come and go, and a watched folder that a build deletes and makes again.
 */
import { type FSWatcher, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Their content is nobody's code, or (packages) changes by a package manager, which also writes a file at their top. */
const notEntered = new Set(['.git', '.brume', '.aws-sam', 'node_modules']);

/** What editors write beside the file that they are about to replace. */
const editorFile = /~$|^\.#|^#.*#$|\.sw[a-z]$|^4913$|\.tmp$|___jb_/;

export interface TreeWatcherOptions {
  /** A folder or a file; needn't exist. Absolute. */
  readonly path: string;
  onChange(): void;
  /** The machine has no watches left, or the like; what is watched already stays so. */
  onError(error: Error): void;
}

export class TreeWatcher {
  readonly #options: TreeWatcherOptions;
  readonly #watched = new Map<string, FSWatcher>();
  #scanning: Promise<void> | undefined;
  #again = false;
  #closed = false;

  private constructor(options: TreeWatcherOptions) {
    this.#options = options;
  }

  /** Resolves when every change from now on will be noticed. */
  static async open(options: TreeWatcherOptions): Promise<TreeWatcher> {
    const watcher = new TreeWatcher(options);
    await watcher.#scan();
    return watcher;
  }

  close(): void {
    this.#closed = true;
    for (const watcher of this.#watched.values()) watcher.close();
    this.#watched.clear();
  }

  /** Watches the folders that there are now, and no others. One scan at a time; a change meanwhile means another. */
  async #scan(): Promise<void> {
    if (this.#scanning) {
      this.#again = true;
      return this.#scanning;
    }
    this.#scanning = (async () => {
      do {
        this.#again = false;
        const folders = await foldersOf(this.#options.path);
        for (const [folder, watcher] of this.#watched) {
          if (folders.has(folder)) continue;
          watcher.close();
          this.#watched.delete(folder);
        }
        for (const folder of folders) this.#watch(folder);
      } while (this.#again && !this.#closed);
    })().finally(() => {
      this.#scanning = undefined;
    });
    return this.#scanning;
  }

  #watch(folder: string): void {
    if (this.#closed || this.#watched.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: true }, (kind, name) => this.#event(folder, kind, name));
      // A folder that is deleted under its watch: the scan that its parent causes lets go of it.
      watcher.on('error', () => this.#drop(folder, watcher));
      this.#watched.set(folder, watcher);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') this.#options.onError(error as Error);
    }
  }

  #drop(folder: string, watcher: FSWatcher): void {
    watcher.close();
    if (this.#watched.get(folder) === watcher) this.#watched.delete(folder);
  }

  #event(folder: string, kind: string, name: string | null): void {
    if (this.#closed || (name !== null && editorFile.test(name))) return;
    const { path } = this.#options;
    // Above the watched path, only what leads to it matters.
    const isAbove = !folder.startsWith(path);
    if (isAbove && name !== null && path !== join(folder, name) && !path.startsWith(`${join(folder, name)}/`))
      return;
    if (name !== null && notEntered.has(name) && kind !== 'rename') return;
    if (kind !== 'rename') {
      this.#options.onChange();
      return;
    }
    // A folder deleted and made anew keeps its name, but not its watch.
    const gone = name === null ? undefined : this.#watched.get(join(folder, name));
    if (gone && name !== null) this.#drop(join(folder, name), gone);
    // Watched first: what is written into a new folder after the report is reported too.
    this.#scan().then(
      () => {
        if (!this.#closed) this.#options.onChange();
      },
      (error: Error) => this.#options.onError(error),
    );
  }
}

/** The folders whose changes concern `path`: all below it, and the one in which it, or what leads to it, will appear. */
async function foldersOf(path: string): Promise<Set<string>> {
  const found = new Set<string>();
  let above = dirname(path);
  while (!(await isFolder(above)) && above !== dirname(above)) above = dirname(above);
  found.add(above);
  const pending = (await isFolder(path)) ? [path] : [];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    found.add(folder);
    if (basename(folder) === 'node_modules') continue;
    // Gone since it was listed: its parent's watch tells.
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const below = join(folder, entry.name);
      const enters = entry.name === 'node_modules' || !notEntered.has(entry.name);
      if (enters && (entry.isDirectory() || (entry.isSymbolicLink() && (await isFolder(below)))))
        pending.push(below);
    }
  }
  return found;
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}
