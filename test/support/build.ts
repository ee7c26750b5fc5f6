import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

// CommonJS packages inside an ES module still ask for Node's own modules by require().
const requireBanner = "import { createRequire as sallyportRequire } from 'node:module'; const require = sallyportRequire(import.meta.url);";

if (import.meta.main) await bundle(process.argv[2] ?? join(root, 'dist'));

/** Writes the bundle that the image and `npx` run to `outdir`: one folder, no node_modules, one chunk for what each command loads. */
export async function bundle(outdir: string): Promise<Metafile> {
  await rm(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    chunkNames: '[name]-[hash]',
    minifySyntax: true,
    minifyWhitespace: true,
    banner: { js: requireBanner },
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  await copyLauncher(outdir);
  await writeFile(join(outdir, 'THIRD_PARTY_LICENSES.txt'), await licences(metafile));
  return metafile;
}

/** Not bundled: it must go on parsing where the bundle does not. */
async function copyLauncher(outdir: string): Promise<void> {
  const launcher = join(outdir, 'launch.js');
  await cp(join(root, 'src/launch.js'), launcher);
  const text = await readFile(launcher, 'utf8');
  if (!text.includes("'./main.ts'")) throw new Error('src/launch.js no longer imports ./main.ts: mend copyLauncher in this file');
  await writeFile(launcher, text.replace("'./main.ts'", "'./main.js'"), { mode: 0o755 });
}

/** The licence of every package that a byte of the bundle comes from. */
async function licences(metafile: Metafile): Promise<string> {
  const folders = new Set(Object.keys(metafile.inputs).flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []));
  const texts = [...folders].toSorted().map(async (folder) => {
    const { name, version, license }: Record<'name' | 'version' | 'license', string> = JSON.parse(
      await readFile(join(root, folder, 'package.json'), 'utf8'),
    );
    const file = (await readdir(join(root, folder))).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : await readFile(join(root, folder, file), 'utf8');
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`);
}
