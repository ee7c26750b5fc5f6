import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { transform } from 'esbuild';
import { load } from 'js-yaml';
import { dispatch } from '../src/commands/dispatch.ts';
import type { Io, Run } from '../src/commands/io.ts';
import { usage } from '../src/commands/usage.ts';
import { nearestWord } from '../src/kube/nearest-word.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The bundle alone, away from any node_modules: what the image and the npm package hold. */
let installed: string;

beforeAll(async () => {
  installed = await mkdtemp(join(tmpdir(), 'sallyport-bundle-'));
  const built = await run([join(root, 'test/support/build.ts'), join(installed, 'dist')]);
  if (built.code !== 0) throw new Error(`the bundle cannot be built:\n${built.stderr}`);
  for (const path of ['package.json', 'policies']) await cp(join(root, path), join(installed, path), { recursive: true });
}, 60_000);

afterAll(() => rm(installed, { recursive: true, force: true }));

test.each<[string, string | null, string]>([
  ['scna', 'scan', 'two letters swapped'],
  ['scam', 'scan', 'one letter wrong'],
  ['SERVE', 'serve', 'another case'],
  ['genrate', 'generate', 'a letter missing'],
  ['servve', 'serve', 'a letter too many'],
  ['generaet', 'generate', 'a swap at the end'],
  ['frob', null, 'nothing near'],
  ['', null, 'nothing at all'],
  ['s', null, 'too short to tell'],
])('%j means %j: %s', (word, meant) => {
  expect(nearestWord(word, ['scan', 'serve', 'generate'])).toBe(meant);
});

test('a megabyte means nothing, and says so at once', () => {
  expect(nearestWord('x'.repeat(1_000_000), ['x'.repeat(999_999)])).toBeNull();
});

test.each<[string[], number, RegExp, RegExp]>([
  [[], 0, /sallyport serve[^]*sallyport scan/, /^$/],
  [['--help'], 0, /sallyport serve[^]*sallyport scan/, /^$/],
  [['-h'], 0, /sallyport serve/, /^$/],
  [['scan', 'x', '--help'], 0, /^sallyport scan/, /^$/],
  [['--version'], 0, /^1\.2\.3\n$/, /^$/],
  [['scan', 'x', '--version'], 0, /^1\.2\.3\n$/, /^$/],
  [['--versoin'], 2, /^$/, /--version\?/],
  [['scna'], 2, /^$/, /"scna".*scan\?/],
  [['constructor'], 2, /^$/, /"constructor".*serve, scan/],
  [['\u001b[2J'], 2, /^$/, /"\\u001b\[2J"/],
  [['scan', 'a', '--', '--help'], 7, /^ran a -- --help$/, /^$/],
])('sallyport %j exits %d', async (argv, code, stdout, stderr) => {
  const heard = { stdout: '', stderr: '' };
  const table = { serve: async () => ({ run: echo }), scan: async () => ({ run: echo }) };
  expect(await dispatch(argv, listening(heard), table)).toBe(code);
  expect(heard.stdout).toMatch(stdout);
  expect(heard.stderr).toMatch(stderr);
});

test('usage names every flag that a command takes', async () => {
  const files = (await readdir(join(root, 'src/commands'), { recursive: true, encoding: 'utf8' })).filter(
    // A generator writes schemas, in which a type is no flag.
    (file) => file.endsWith('.ts') && !file.startsWith('generate/'),
  );
  const texts = await Promise.all(files.map((file) => read(`src/commands/${file}`)));
  const flags = texts.flatMap((text) =>
    [...text.matchAll(/^\s+'?([a-z-]+)'?: \{ type: '(?:string|boolean)'/gm)].map(([, flag]) => `--${flag}`),
  );
  expect(flags.length).toBeGreaterThan(15);
  expect(flags.filter((flag) => !usage.includes(`${flag} `) && !usage.includes(`${flag}]`))).toEqual([]);
});

test('the launcher is plain enough for Node 14', async () => {
  const text = await read('src/launch.js');
  const modern = await transform(text, { target: 'esnext', format: 'esm' });
  const old = await transform(text, { target: 'node14', format: 'esm' });
  expect(old.code).toBe(modern.code);
  expect(text).not.toMatch(/^import /m);
});

test('on an old Node the launcher says what is missing, and exits 2', async () => {
  const old = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '20.1.0' } })`;
  const ended = await run(['--import', old, join(root, 'src/launch.js'), '--version']);
  expect(ended).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(/Node 24 or newer.*\n.*npm start/) });
});

test('the bundle runs without node_modules', async () => {
  const { version }: { version: string } = JSON.parse(await read('package.json'));
  expect(await run([join(installed, 'dist/launch.js'), '--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  expect(await run([join(installed, 'dist/main.js'), 'scna'])).toMatchObject({ code: 2, stdout: '' });
});

test('the bundle names the licence of all that it holds', async () => {
  const text = await readFile(join(installed, 'dist/THIRD_PARTY_LICENSES.txt'), 'utf8');
  expect(text.match(/^[@\w./-]+ \d+\.\d+\.\d+\S* \(.+\)$/gm)?.length).toBeGreaterThan(20);
  expect(text).not.toMatch(/\((?:undefined|GPL|AGPL)/);
});

test('a reader that leaves early is no error', async () => {
  const child = spawn(process.execPath, [join(root, 'src/launch.js'), '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test.each(['dist/main.js', 'dist/launch.js'])('output that cannot be written makes %s exit 2', async (entry) => {
  if (!existsSync('/dev/full')) return;
  const command = `"${process.execPath}" "${join(installed, entry)}" --help >/dev/full`;
  const ended = await run([
    '-e',
    `process.exit(require('child_process').spawnSync('sh', ['-c', process.argv[1]], { stdio: 'inherit' }).status)`,
    command,
  ]);
  expect(ended).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(/^sallyport: ENOSPC/) });
});

test('standard input that does not end is refused, and not held', async () => {
  const child = spawn(process.execPath, [join(root, 'src/main.ts'), 'scan', '-', '-q'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const megabyte = Buffer.alloc(2 ** 20, ' ');
  let [written, said] = [0, ''];
  child.stdout.on('data', (part: Buffer) => void (said += part.toString()));
  const more = (): void => void (child.stdin.writable && child.stdin.write(megabyte, () => (written++, more())));
  child.stdin.on('error', () => undefined);
  more();
  const [code] = (await once(child, 'close')) as [number];
  expect([code, said]).toEqual([2, expect.stringMatching(/^error: -:1:1: there are more than 67108864 bytes/)]);
  expect(written).toBeLessThan(200);
});

test('the image is pinned, has a numbered user, and runs no shell', async () => {
  const text = await read('Dockerfile');
  const last = text.slice(text.lastIndexOf('\nFROM '));
  const images = [...text.matchAll(/^ARG \w+_IMAGE=(\S+)$/gm)].map(([, image]) => image);
  expect(images).toHaveLength(2);
  expect(images.filter((image) => !/:(?!latest)[\w.-]+(?:@sha256:[0-9a-f]{64})?$/.test(image ?? ''))).toEqual([]);
  expect([...text.matchAll(/^FROM .*$/gm)].filter(([from]) => !from.includes('_IMAGE}'))).toEqual([]);
  expect(last).toMatch(/^USER \d+:\d+$/m);
  expect(last).not.toMatch(/^(?:RUN|ENTRYPOINT [^[]|CMD [^[])/m);
});

test('the image has the version of Node that the tests run on', async () => {
  const { optionalDependencies }: { optionalDependencies: Record<string, string> } = JSON.parse(await read('package.json'));
  const versions = new Set(Object.entries(optionalDependencies).flatMap(([name, version]) => (name.startsWith('node-') ? [version] : [])));
  expect([...versions]).toEqual([/^ARG NODE_IMAGE=node:([\d.]+)-/m.exec(await read('Dockerfile'))?.[1]]);
});

interface Job {
  readonly uses?: string;
  readonly permissions?: unknown;
  readonly 'timeout-minutes'?: number;
  readonly steps?: readonly { readonly uses?: string; readonly run?: string; readonly with?: Readonly<Record<string, unknown>> }[];
}

test('workflows pin their actions, bound each job and grant only what it names', async () => {
  const workflows = (await readdir(join(root, '.github/workflows'))).toSorted();
  expect(workflows).toEqual(['ci.yaml', 'release.yaml']);
  for (const workflow of workflows) {
    const text = await read(`.github/workflows/${workflow}`);
    const { jobs, permissions } = load(text) as { jobs: Record<string, Job>; permissions: unknown };
    expect(permissions).toEqual({});
    expect(Object.keys(jobs).length).toBeGreaterThan(1);
    expect(Object.entries(jobs).flatMap(([name, job]) => faults(job).map((fault) => `${workflow} ${name}: ${fault}`))).toEqual([]);
    expect(text.match(/uses: [^./].*@(?![0-9a-f]{40} # v\d+\.\d+\.\d+$).*/gm)).toBeNull();
  }
});

test('the jobs that sign or publish run only on tags, after all that must hold', async () => {
  const release = load(await read('.github/workflows/release.yaml')) as { on: unknown; jobs: Record<string, { needs?: string[] }> };
  expect(release.on).toEqual({ push: { tags: ['v*'] } });
  const { jobs } = release;
  const before = (name: string): string[] => (jobs[name]?.needs ?? []).flatMap((need) => [need, ...before(need)]);
  for (const name of ['image', 'chart', 'npm', 'notes']) expect(before(name)).toContain('verify');
});

test('.ci/run can be executed and parses', async () => {
  expect((await stat(join(root, '.ci/run'))).mode & 0o111).toBe(0o111);
  const ended = await run([
    '-e',
    `process.exit(require('child_process').spawnSync('bash', ['-n', '.ci/run'], { stdio: 'inherit' }).status)`,
  ]);
  expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('the lockfile holds the optional packages of every platform, and no registry', async () => {
  const { packages }: { packages: Record<string, { resolved?: string; optionalDependencies?: object }> } = JSON.parse(
    await read('package-lock.json'),
  );
  const entries = Object.entries(packages);
  expect(entries.length).toBeGreaterThan(300);
  const missing = entries.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
    ),
  );
  expect(missing).toEqual([]);
  expect(entries.filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
});

function faults(job: Job): string[] {
  const steps = job.steps ?? [];
  const checkouts = steps.filter((step) => step.uses?.startsWith('actions/checkout@'));
  return [
    job.permissions === undefined ? 'no permissions' : '',
    job.uses === undefined && job['timeout-minutes'] === undefined ? 'no timeout' : '',
    checkouts.some((step) => step.with?.['persist-credentials'] !== false) ? 'a checkout leaves its token behind' : '',
    steps.some((step) => step.run?.includes('${{')) ? 'an expression inside a script can inject code: pass it by env' : '',
  ].filter((fault) => fault !== '');
}

const echo: Run = async (words, io) => {
  io.stdout(`ran ${words.join(' ')}`);
  return 7;
};

/** Runs Node with these arguments from the checkout. */
function run(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : null, stdout, stderr });
    });
  });
}

function listening(heard: { stdout: string; stderr: string }): Io {
  return {
    stdout: (text) => void (heard.stdout += text),
    stderr: (text) => void (heard.stderr += text),
    stdin: async () => Buffer.alloc(0),
    cwd: root,
    env: {},
    now: () => new Date(0),
    root: pathToFileURL(root),
    version: '1.2.3',
    termination: () => new AbortController().signal,
  };
}
