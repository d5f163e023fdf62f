/** Bundles `src/` for publishing: `dist/cli.js` (the command), `dist/index.js` (`import { startCloud } from "brume"`), types. */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = `${root}dist`;
rmSync(dist, { recursive: true, force: true });

await build({
  absWorkingDir: root,
  entryPoints: { cli: 'src/cli/main.ts', index: 'src/cloud/index.ts' },
  outdir: 'dist',
  bundle: true,
  // Lazily loaded services and commands become chunks of their own: a start reads only what it needs.
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node22.19',
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  // Native or optional packages stay packages; everything else is one read.
  external: ['lmdb', 'pg', 'pg-native', 'esbuild', 'cbor-extract', 'msgpackr-extract'],
  banner: {
    js: "import { createRequire as createBrumeRequire } from 'node:module'; const require = createBrumeRequire(import.meta.url);",
  },
});

// Types are for those who import the library; a start doesn't wait for them.
if (process.argv.includes('--types')) {
  const tsc = `${root}node_modules/typescript-native/bin/tsc`;
  if (!existsSync(tsc)) throw new Error('Types need the TypeScript compiler: run npm ci first.');
  writeFileSync(
    `${dist}/tsconfig.types.json`,
    JSON.stringify({
      extends: '../tsconfig.json',
      compilerOptions: {
        noEmit: false,
        emitDeclarationOnly: true,
        declaration: true,
        rewriteRelativeImportExtensions: true,
        rootDir: '../src',
        outDir: './types',
      },
      include: ['../src/cloud/index.ts'],
    }),
  );
  execFileSync(process.execPath, [tsc, '-p', `${dist}/tsconfig.types.json`], { stdio: 'inherit' });
  rmSync(`${dist}/tsconfig.types.json`);
}
