import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseFlags } from './flags.ts';
import { catalogue } from './generate/catalogue.ts';
import { chartReadme } from './generate/chart-readme.ts';
import { chartValues } from './generate/chart-values.ts';
import { customResources } from './generate/crds.ts';
import { deployManifests } from './generate/deploy.ts';
import { HelmMissing } from './generate/helm.ts';
import type { Io, Run } from './io.ts';

/** Reads sources under `root` (absolute path of the checkout) and answers path (relative, with `/`) -> text. Writes nothing. */
export type Generator = (root: string, env: Io['env']) => Promise<Readonly<Record<string, string>>>;

/** In this order, since a later one may read what an earlier one has written. */
export const generators: Readonly<Record<string, Generator>> = {
  'chart-values': chartValues,
  'chart-readme': chartReadme,
  crds: customResources,
  deploy: deployManifests,
  catalogue,
};

/**
 * Every generated file of the checkout at `root`, or those of the generator named `only`: relative path -> text.
 * Throws HelmMissing where manifests are to be rendered and there is no helm.
 */
export async function generate(root: string, only?: string, env: Io['env'] = {}): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const [name, generator] of Object.entries(generators)) {
    if (only !== undefined && only !== name) continue;
    for (const [path, text] of Object.entries(await generator(root, env))) files.set(path, text);
  }
  return files;
}

/** What is printed rather than written to the checkout, with flags of its own. */
const printed: Readonly<Record<string, () => Promise<{ run: Run }>>> = {
  schemas: () => import('./generate/schemas.ts'),
  vap: () => import('./generate/vap.ts'),
};

/** `generate [--check]`: writes what is stale, or with --check lists it and resolves to 1. `generate schemas` and `generate vap` print. Throws FlagError. */
export async function run(argv: string[], io: Io): Promise<number> {
  const [what = '', ...rest] = argv;
  const load = Object.hasOwn(printed, what) ? printed[what] : undefined;
  if (load !== undefined) return (await load()).run(rest, io);
  const { values } = parseFlags(argv, { check: { type: 'boolean', default: false } }, false);
  const root = fileURLToPath(io.root);
  let stale = 0;
  for (const name of Object.keys(generators)) {
    for (const [path, text] of await generateOrSkip(root, name, io)) {
      if ((await textOf(join(root, path))) === text) continue;
      stale += 1;
      io.stdout(`${path}${values.check ? ' is stale: run npm run generate' : ''}\n`);
      if (!values.check) await write(join(root, path), text);
    }
  }
  return values.check && stale > 0 ? 1 : 0;
}

async function generateOrSkip(root: string, name: string, io: Io): Promise<Map<string, string>> {
  try {
    return await generate(root, name, io.env);
  } catch (error) {
    if (!(error instanceof HelmMissing)) throw error;
    io.stderr(`${name} left as it is: ${error.message}\n`);
    return new Map();
  }
}

const textOf = async (path: string): Promise<string | null> => (existsSync(path) ? readFile(path, 'utf8') : null);

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
