import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import { build, type Metafile } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));
const everyRoom = '*';

/** What each room of src may import of ours at run time. Type-only imports are free. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  // What a wire shape holds is JSON, and reading one needs to know it.
  api: ['kube'],
  kube: [],
  telemetry: ['kube'],
  certificates: [],
  yaml: ['kube'],
  engine: ['kube', 'api'],
  checks: ['engine', 'kube'],
  standards: ['checks', 'engine'],
  cel: ['kube', 'engine'],
  policy: ['engine', 'checks', 'standards', 'cel', 'kube', 'api', 'yaml'],
  report: ['engine', 'kube', 'api', 'yaml'],
  fix: ['engine', 'kube', 'api', 'yaml'],
  cluster: ['kube', 'api', 'telemetry'],
  webhook: ['policy', 'engine', 'kube', 'api', 'telemetry'],
  commands: [everyRoom],
  'main.ts': ['commands'],
  'launch.js': ['main.ts'],
};

/** Rooms whose results hang on their arguments only. */
const pure = new Set(['api', 'kube', 'yaml', 'engine', 'checks', 'standards', 'cel', 'policy', 'certificates', 'report', 'fix']);
const pureModules = new Set(['node:crypto', 'node:util', 'node:buffer', 'node:net', 'node:assert']);

/** Packages that one room keeps to itself. */
const keepers: Readonly<Record<string, string>> = { '@kubernetes/client-node': 'cluster', fastify: 'webhook' };

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(ts|js)$/.test(file))
  .toSorted();
const source = new Map(files.map((file) => [file, readFileSync(join(root, 'src', file), 'utf8')]));
const dependencies = Object.keys((JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object }).dependencies);
let metafile: Metafile;

// esbuild reads the imports as Node does: type-only ones are gone, dynamic ones are there.
beforeAll(async () => {
  ({ metafile } = await build({
    absWorkingDir: root,
    entryPoints: files.map((file) => `src/${file}`),
    outdir: 'dist',
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node24',
    metafile: true,
    write: false,
    logLevel: 'silent',
  }));
});

test('every room is in the table, and none of the table is empty', () => {
  expect([...new Set(files.map(room))].toSorted()).toEqual(Object.keys(rooms).toSorted());
});

test('imports run one way', () => {
  const edges = files.flatMap((file) => imports(file).map((to) => ({ file, to, from: room(file), into: room(to) })));
  expect(edges.length).toBeGreaterThan(50);
  const forbidden = edges.filter(
    ({ from, into }) => from !== into && !rooms[from]?.some((allowed) => allowed === into || allowed === everyRoom),
  );
  expect(forbidden.map(({ file, to }) => `${file} -> ${to}`)).toEqual([]);
});

test('no check imports another', () => {
  const checks = imports('checks/index.ts');
  expect(checks.length).toBeGreaterThan(10);
  const edges = checks.flatMap((check) => imports(check).map((to) => `${check} -> ${to}`));
  expect(edges.filter((edge) => checks.some((check) => edge.endsWith(`-> ${check}`)))).toEqual([]);
});

test('pure rooms reach for no file, socket, clock or chance', () => {
  const judged = files.filter((file) => pure.has(room(file)));
  const impure = judged.flatMap((file) => {
    const modules = packages(file).filter((name) => name.startsWith('node:') && !pureModules.has(name));
    const calls =
      code(file).match(/\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.|\bset(?:Timeout|Interval|Immediate)\b|\bfetch\(/g) ??
      [];
    return [...modules, ...calls].map((name) => `${file}: ${name}`);
  });
  expect(judged.length).toBeGreaterThan(20);
  expect(impure).toEqual([]);
});

test('packages are dependencies, and two of them stay in one room', () => {
  const uses = files.flatMap((file) => packages(file).map((specifier) => ({ file, name: packageName(specifier) })));
  const foreign = uses.filter(({ name }) => !name.startsWith('node:'));
  expect(foreign.filter(({ name }) => !dependencies.includes(name))).toEqual([]);
  expect(foreign.filter(({ file, name }) => keepers[name] !== undefined && keepers[name] !== room(file))).toEqual([]);
  expect(foreign.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(keepers)));
});

test('scan loads neither the server nor the cluster, unless a cluster is what it judges', () => {
  const loaded = reachable('commands/scan.ts', 'import-statement');
  const names = new Set(loaded.flatMap(packages).map(packageName));
  expect(loaded.length).toBeGreaterThan(10);
  expect(Object.keys(keepers).filter((name) => names.has(name))).toEqual([]);
  expect(reachable('main.ts')).toEqual(expect.arrayContaining(['commands/serve.ts', 'commands/scan.ts']));
});

test('only main touches the process', () => {
  expect(touching(/\bprocess\s*(?:\?\.|\.)\s*(?:exit|exitCode|abort|kill|env|argv|on|once|std(?:in|out|err))\b/)).toEqual([
    'launch.js',
    'main.ts',
  ]);
  expect(touching(/from 'node:process'|\bprocess\s*\[|=\s*process\s*;/)).toEqual([]);
});

test('a file is named for one idea and holds no more than 300 lines', () => {
  const vague = /^(?:utils?|helpers?|common|types|misc|shared|lib)\b/;
  expect(files.filter((file) => file.split('/').some((part) => vague.test(basename(part))))).toEqual([]);
  expect(files.filter((file) => (source.get(file) ?? '').split('\n').length > 301)).toEqual([]);
});

test('nothing is typed any', () => {
  expect('const a: any = b as any').toMatch(untyped);
  expect(files.filter((file) => untyped.test(code(file)))).toEqual([]);
});

const touching = (pattern: RegExp): string[] => files.filter((file) => pattern.test(code(file)));

const untyped = /(?:[:<|&,]|\bas\b|=>)\s*any\b(?!\s*[:(.'])/;

/** `kube` for kube/path.ts, the file itself for one that lies directly in src. */
function room(file: string): string {
  return file.split('/', 1)[0] ?? file;
}

/** Files of src that a file of src imports at run time. */
function imports(file: string, only?: 'import-statement'): string[] {
  const wanted = importsOf(file).filter(({ kind }) => only === undefined || kind === only);
  return wanted.flatMap(({ path, external }) => (external === true ? [] : [path.replace(/^src\//, '')]));
}

/** Packages and modules of Node that a file imports at run time. */
function packages(file: string): string[] {
  return importsOf(file).flatMap(({ path, external }) => (external === true ? [path] : []));
}

function importsOf(file: string): Metafile['inputs'][string]['imports'] {
  const input = metafile.inputs[`src/${file}`];
  if (input === undefined) throw new Error(`esbuild did not read src/${file}`);
  return input.imports;
}

function reachable(start: string, only?: 'import-statement'): string[] {
  const seen = new Set([start]);
  // A Set's iterator also visits what is added on the way.
  for (const file of seen) for (const next of imports(file, only)) seen.add(next);
  return [...seen];
}

function packageName(specifier: string): string {
  return /^(?:node:.*|@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[0] ?? specifier;
}

/** A file's text without comments and without what strings say. Good enough for code that prettier formats. */
function code(file: string): string {
  return (source.get(file) ?? '')
    .replace(/\/\*[^]*?\*\/|^\s*\/\/.*$|(?<=[;,{]\s)\/\/.*$/gm, '')
    .replace(/'(?!node:)(?:[^'\\\n]|\\.)*'/g, "''");
}
