/** A machine whose `docker` is `fakeDocker.ts`. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Machine, thisMachine } from '../../runtimes/machine.ts';

export interface FakeImage {
  /** `sha256:…` */
  id: string;
  digests: string[];
  entryPoint: string[];
  command: string[];
  /** Stands for its file system: the folder its program runs in, and where `/opt/extensions` is looked for. */
  folder: string;
  variables?: Record<string, string>;
  size?: number;
}

export interface FakeEngine {
  readonly machine: Machine;
  /** Puts an image under a name; on this machine, or only where `pull` finds it. */
  add(reference: string, image: FakeImage, where?: 'here' | 'remote'): void;
  /** Command lines so far, of these verbs when named. */
  calls(verb?: string): string[][];
  /** Names of the containers that there are. */
  containers(): string[];
  /** The daemon stops or goes on answering. */
  setUp(isUp: boolean): void;
}

/** @param folder of the engine's own; made. */
export function fakeEngine(folder: string): FakeEngine {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const script = fileURLToPath(new URL('fakeDocker.ts', import.meta.url));
  const program = join(folder, 'bin', 'docker');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${script}' '${folder}' "$@"\n`);
  chmodSync(program, 0o755);
  const files = { here: join(folder, 'images.json'), remote: join(folder, 'remote.json') };
  for (const file of Object.values(files)) writeFileSync(file, '{}');
  const users = thisMachine();
  return {
    machine: { ...users, path: [join(folder, 'bin')] },
    add(reference, image, where = 'here') {
      const known = JSON.parse(readFileSync(files[where], 'utf8')) as object;
      writeFileSync(files[where], JSON.stringify({ ...known, [reference]: image }));
    },
    calls(verb) {
      const path = join(folder, 'calls.jsonl');
      const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
      const all = lines.map((line) => JSON.parse(line) as string[]);
      return verb === undefined ? all : all.filter(([first]) => first === verb);
    },
    containers() {
      const path = join(folder, 'containers');
      return existsSync(path) ? readdirSync(path) : [];
    },
    setUp(isUp) {
      const path = join(folder, 'down');
      if (isUp) rmSync(path, { force: true });
      else writeFileSync(path, '');
    },
  };
}
