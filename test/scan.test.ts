import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { run as scan } from '../src/commands/scan.ts';
import { run as completion } from '../src/commands/completion.ts';
import type { Io, Run } from '../src/commands/io.ts';
import { scanOptions } from '../src/commands/scan/options.ts';
import { progress } from '../src/commands/scan/progress.ts';
import { templatePlaces } from '../src/commands/scan/template-lines.ts';

const root = new URL('../', import.meta.url);
const assets = process.env['KUBEBUILDER_ASSETS'];
const path = [...(assets === undefined ? [] : [resolve(assets)]), process.env['PATH'] ?? ''].join(delimiter);
const has = (program: string): boolean => path.split(delimiter).some((folder) => existsSync(join(folder, program)));

const absent = (program: string): void =>
  void process.stderr.write(`no ${program} on the PATH nor in KUBEBUILDER_ASSETS: a test was passed over\n`);

let home: string;
let folders = 0;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-scan-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Scanned {
  readonly digest: string;
  readonly results: { file: string; line: number; kind: string; name: string; namespace: string; verdict: string; findings: Finding[] }[];
  readonly errors: { file: string; line: number; column: number; message: string }[];
}
interface Finding {
  readonly check: string;
  readonly message: string;
  readonly state: string;
  readonly line: number;
  readonly column: number;
}

/** A new folder with these files; a key that ends in a slash is an empty folder. */
async function folder(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const made = join(home, String(folders++));
  await mkdir(made);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(name.endsWith('/') ? join(made, name) : dirname(join(made, name)), { recursive: true });
    if (!name.endsWith('/')) await writeFile(join(made, name), content);
  }
  return made;
}

async function run(cwd: string, argv: readonly string[], more: Partial<Io> = {}, command: Run = scan): Promise<Ended> {
  const heard = { stdout: '', stderr: '' };
  const io: Io = {
    stdout: (text) => void (heard.stdout += text),
    stderr: (text) => void (heard.stderr += text),
    stdin: async () => Buffer.alloc(0),
    cwd,
    env: { PATH: path },
    now: () => new Date(0),
    root,
    version: '1.2.3',
    termination: () => new AbortController().signal,
    ...more,
  };
  return { code: await command([...argv], io), ...heard };
}

/** What `--format json` says, and the exit code. */
async function judged(cwd: string, argv: readonly string[], more: Partial<Io> = {}): Promise<Scanned & Omit<Ended, 'stdout'>> {
  const { code, stdout, stderr } = await run(cwd, ['--format', 'json', ...argv], more);
  if (stdout === '') throw new Error(`nothing on standard output, but ${stderr}`);
  return { code, stderr, ...(JSON.parse(stdout) as Scanned) };
}

const pod = (name: string, securityContext = '{ privileged: true }'): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name} }\nspec:\n  containers:\n    - { name: app, image: a, securityContext: ${securityContext} }\n`;
const bad = pod('bad');
const service = 'apiVersion: v1\nkind: Service\nmetadata: { name: web }\n';
const podJson = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bad' }, spec: { containers: [{ name: 'app', image: 'a', securityContext: { privileged: true } }] } }; // prettier-ignore
const review = (operation: string, apiVersion = 'admission.k8s.io/v1'): string =>
  JSON.stringify({
    apiVersion,
    kind: 'AdmissionReview',
    request: {
      uid: '1',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      operation,
      namespace: 'shop',
      object: operation === 'DELETE' ? null : podJson,
      oldObject: operation === 'DELETE' ? podJson : null,
    },
  });

/** Names of what was judged, in order. */
const inputs: readonly (readonly [what: string, files: Record<string, string | Buffer>, argv: string[], expected: string[]])[] = [
  ['a file', { 'a.yaml': bad }, ['a.yaml'], ['a.yaml bad deny']],
  ['a file of another extension, when it is named', { 'a.txt': bad }, ['a.txt'], ['a.txt bad deny']],
  ['a folder, by name, and those in it', { 'x/b.yaml': pod('b'), 'x/a/c.yml': pod('c'), 'x/a.json': JSON.stringify(podJson), 'x/d.txt': bad }, ['x'], ['x/a/c.yml c deny', 'x/a.json bad deny', 'x/b.yaml b deny']],
  ['not what others have installed', { 'a.yaml': bad, 'node_modules/m/b.yaml': bad, '.git/c.yaml': bad }, ['.'], ['a.yaml bad deny']],
  ['a hidden folder', { '.deploy/a.yaml': bad }, ['.'], ['.deploy/a.yaml bad deny']],
  ['a pattern in quotes', { 'x/a.yaml': bad, 'x/y/b.yaml': pod('b'), 'x/c.json': '{}', 'node_modules/d.yaml': bad }, ['**/*.yaml'], ['x/a.yaml bad deny', 'x/y/b.yaml b deny']],
  ['a file whose name looks like a pattern', { '[a].yaml': bad }, ['[a].yaml'], ['[a].yaml bad deny']],
  ['a link to a file inside', { 'x/a.yaml': bad, 'x/b.txt': pod('b') }, ['x'], ['x/a.yaml bad deny']],
  ['several documents', { 'a.yaml': `${bad}---\n${service}---\n${pod('c')}` }, ['a.yaml'], ['a.yaml bad deny', 'a.yaml web skip', 'a.yaml c deny']],
  ['a List', { 'a.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [podJson, podJson] }) }, ['a.json'], ['a.json bad deny', 'a.json bad deny']],
  ['a typed list', { 'a.json': JSON.stringify({ apiVersion: 'v1', kind: 'PodList', items: [{ metadata: { name: 'x' }, spec: podJson.spec }] }) }, ['a.json'], ['a.json x deny']],
  ['a review', { 'a.json': review('CREATE') }, ['a.json'], ['a.json bad deny']],
  ['a review that somebody wrote by hand', { 'a.json': JSON.stringify({ apiVersion: 'admission.k8s.io/v1beta1', kind: 'AdmissionReview', request: { operation: 'UPDATE', object: podJson } }) }, ['a.json'], ['a.json bad deny']],
  ['a review of a deletion, as the server judges it', { 'a.json': review('DELETE') }, ['a.json'], ['a.json  skip']],
  ['a custom resource that carries a pod template', { 'a.yaml': `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: r }\nspec:\n  template:\n    spec:\n      containers: [{ name: app, image: a, securityContext: { privileged: true } }]\n` }, ['a.yaml'], ['a.yaml r deny']],
  ['what follows --', { '-a.yaml': bad }, ['--', '-a.yaml'], ['-a.yaml bad deny']],
  ['the rest of a folder whose other files are not for kubectl', { 'a.yaml': bad, 'values.yaml': 'a: 1\n', 'templates/t.yaml': 'kind: {{ .x }}\n', 'ci.yml': 'on: push\njobs: {}\n', 'tsconfig.json': '{ // why\n}', 'stack.yaml': 'A: !Ref {b: [\n' }, ['.'], ['a.yaml bad deny']],
  ['quoted braces as the text they are', { 'a.yaml': `${bad}  hostname: "{{ x }}"\n` }, ['.'], ['a.yaml bad deny']],
]; // prettier-ignore

test.each(inputs)('scan reads %s', async (_what, files, argv, expected) => {
  const { results, errors } = await judged(await folder(files), argv);
  expect(errors).toEqual([]);
  expect(results.map(({ file, name, verdict }) => `${file} ${name} ${verdict}`)).toEqual(expected);
});

test('standard input is read where a dash stands', async () => {
  const cwd = await folder({ 'a.yaml': pod('first') });
  const { results } = await judged(cwd, ['a.yaml', '-'], { stdin: async () => Buffer.from(bad) });
  expect(results.map(({ file, name }) => `${file} ${name}`)).toEqual(['a.yaml first', '- bad']);
});

test('findings of a review and of a List are where they are written', async () => {
  const items = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [podJson] }, null, 2);
  const cwd = await folder({ 'list.json': items, 'review.json': JSON.stringify(JSON.parse(review('CREATE')), null, 2) });
  const { results } = await judged(cwd, ['.', '--only', 'privileged']);
  const lines = await Promise.all(
    results.map(async ({ file, findings }) => (await readFile(join(cwd, file), 'utf8')).split('\n')[(findings[0]?.line ?? 0) - 1]?.trim()),
  );
  expect(lines).toEqual(['"privileged": true', '"privileged": true']);
});

/** Why nothing can be said: exit code 2, and `file:line:column message` of each error. */
const faults: readonly (readonly [what: string, files: Record<string, string | Buffer>, argv: string[], expected: RegExp[]])[] = [
  ['no such path', {}, ['nope.yaml'], [/^nope.yaml:1:1 no such file/]],
  ['a pattern that matches nothing', { 'a.yaml': bad }, ['*.yml'], [/^\*\.yml:1:1 the pattern matches no file/]],
  ['an empty folder', { 'x/': '' }, ['x'], [/^x:1:1 nothing to judge/]],
  ['a folder without objects', { 'values.yaml': 'a: 1\n' }, ['.'], [/^\.:1:1 nothing to judge/]],
  ['an empty file', { 'a.yaml': '' }, ['a.yaml'], [/^a.yaml:1:1 nothing to judge/]],
  ['an empty standard input', {}, ['-'], [/^-:1:1 nothing to judge/]],
  ['YAML that cannot be read', { 'a.yaml': `${bad}---\napiVersion: v1\nkind: [\n` }, ['.'], [/^a.yaml:10:1 /]],
  ['a template of Helm that is named', { 'a.yaml': 'apiVersion: v1\nkind: {{ .x }}\n' }, ['a.yaml'], [/^a.yaml:2:8 /]],
  ['JSON that cannot be read', { 'a.json': '{"apiVersion": "v1",\n "kind": ]}' }, ['a.json'], [/^a.json:\d+:\d+ /]],
  ['a byte that is not UTF-8', { 'a.yaml': Buffer.concat([Buffer.from('# caf'), Buffer.from([0xe9]), Buffer.from('\n'), Buffer.from(bad)]) }, ['a.yaml'], [/^a.yaml:1:6 byte 5 \(0xe9\) is not UTF-8/]],
  ['half a character at the end', { 'a.yaml': Buffer.concat([Buffer.from(bad), Buffer.from([0xf0, 0x9f])]) }, ['a.yaml'], [/^a.yaml:7:1 byte 138 \(0xf0\)/]],
  ['UTF-16, little end first', { 'a.yaml': Buffer.from(`\uFEFF${bad}`, 'utf16le') }, ['a.yaml'], [/^a.yaml:1:1 .*UTF-16/]],
  ['UTF-16, big end first', { 'a.yaml': Buffer.from(`\uFEFF${bad}`, 'utf16le').swap16() }, ['a.yaml'], [/^a.yaml:1:1 .*UTF-16/]],
  ['UTF-32', { 'a.yaml': Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]) }, ['a.yaml'], [/^a.yaml:1:1 .*UTF-32/]],
  ['a binary file', { 'a.yaml': Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]) }, ['.'], [/^a.yaml:1:5 .*binary.*byte 4/]],
  ['an alias bomb', { 'a.yaml': `a: &a [x, x, x, x, x, x, x, x, x, x]\n${'bcdefghij'.replace(/./g, (name) => `${name}: &${name} [${`*${String.fromCharCode(name.charCodeAt(0) - 1)}, `.repeat(9)}x]\n`)}` }, ['a.yaml'], [/^a.yaml:\d+:\d+ aliases copy too much/]],
  ['an apiVersion that no server knows', { 'a.yaml': bad.replace('v1', 'v2') }, ['a.yaml'], [/^a.yaml:1:1 v2 is not served for a Pod; write apiVersion: v1/]],
  ['a review of another version', { 'a.json': review('CREATE', 'admission.k8s.io/v1beta1') }, ['a.json'], [/^a.json:1:1 .*AdmissionReview.*OldVersion/]],
  ['a chart, without helm', { 'c/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n' }, ['c', '--helm', 'no-such-helm'], [/^c:1:1 .*no-such-helm is not on the PATH/]],
  ['a base from elsewhere', { 'k/kustomization.yaml': 'resources: ["https://example.com/a.yaml"]\n' }, ['k'], [/^k:1:1 .*"https:\/\/example.com\/a.yaml".*--allow-remote/]],
  ['a base that kustomize would take for a repository', { 'k/kustomization.yaml': 'resources: [a.yaml]\ncomponents: [org/repo]\n', 'k/a.yaml': bad }, ['k'], [/"org\/repo"/]],
  ['a base of a base from elsewhere', { 'k/kustomization.yml': 'bases: [../l]\n', 'l/Kustomization': 'resources: ["git@example.com:a/b"]\n' }, ['k'], [/"git@example.com:a\/b"/]],
  ['a patch from elsewhere', { 'k/kustomization.yaml': 'patches: [{ path: "http://example.com/p.yaml" }]\n' }, ['k'], [/"http:\/\/example.com\/p.yaml"/]],
  ['a file of a generator from elsewhere', { 'k/kustomization.yaml': 'configMapGenerator: [{ name: a, files: ["k=https://example.com/f"] }]\n' }, ['k'], [/"k=https:\/\/example.com\/f"/]],
  ['two faults at once', { 'b.yaml': Buffer.from([0]) }, ['nope', 'b.yaml'], [/^nope:/, /^b.yaml:/]],
]; // prettier-ignore

test.each(faults)('scan cannot judge %s', async (_what, files, argv, expected) => {
  const { code, errors } = await judged(await folder(files), argv);
  expect(code).toBe(2);
  expect(errors.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`)).toEqual(
    expected.map((pattern) => expect.stringMatching(pattern)),
  );
});

test('links that lead out, around or nowhere are errors, and one to a folder is not followed', async () => {
  const cwd = await folder({ 'x/a.yaml': bad, 'secret.yaml': bad });
  for (const [target, name] of [['../secret.yaml', 'out.yaml'], ['loop.yaml', 'loop.yaml'], ['gone', 'gone.yaml'], ['.', 'self.yaml'], ['a.yaml', 'same.yaml']] as const) await symlink(target, join(cwd, 'x', name)); // prettier-ignore
  const expected = ['gone.yaml the link leads nowhere', 'loop.yaml the link leads around', 'out.yaml the link leads out'];
  for (const argv of [['x'], ['x/*']]) {
    const { errors, results } = await judged(cwd, argv);
    expect(errors.map(({ file, message }) => `${file.slice(2)} ${message}`)).toEqual(expected.map((text) => expect.stringContaining(text)));
    expect(results.map(({ file }) => file)).toEqual(['x/a.yaml', 'x/same.yaml']);
  }
  await symlink('around', join(cwd, 'around'));
  expect((await judged(cwd, ['around'])).errors[0]?.message).toMatch(/circle/);
});

test('a file of a gigabyte is refused unread', async () => {
  const cwd = await folder({ 'a.yaml': bad, 'huge.yaml': '' });
  await truncate(join(cwd, 'huge.yaml'), 2 ** 30);
  const before = process.memoryUsage.rss();
  const { errors, results, code } = await judged(cwd, ['.']);
  expect(code).toBe(2);
  expect(errors).toEqual([{ file: 'huge.yaml', line: 1, column: 1, message: expect.stringMatching(/more than 67108864 bytes/) }]);
  expect(results).toHaveLength(1);
  expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 2 ** 20);
});

test('a named pipe is refused where it is named, and passed over in a folder, never waited for', async () => {
  const cwd = await folder({ 'a.yaml': bad });
  execFileSync('mkfifo', [join(cwd, 'pipe.yaml')]);
  expect((await judged(cwd, ['pipe.yaml'])).errors[0]?.message).toMatch(/named pipe/);
  expect((await run(cwd, ['.', '--verbose'])).stdout).toMatch(/pipe.yaml:1 {2}ignored: neither a file nor a folder/);
});

test('a folder without rights is an error', async () => {
  const cwd = await folder({ 'x/a.yaml': bad, 'b.yaml': bad });
  await chmod(join(cwd, 'x'), 0);
  const { errors, code } = await judged(cwd, ['.']);
  await chmod(join(cwd, 'x'), 0o700);
  // Root may read everything.
  expect([code, errors.map(({ file, message }) => `${file} ${message}`)]).toEqual(
    process.getuid?.() === 0 ? [1, []] : [2, ['x the folder cannot be read (EACCES)']],
  );
});

test('-v names what was passed over, and why', async () => {
  const cwd = await folder({ 'a.yaml': bad, 'values.yaml': 'a: 1\n', 't.yaml': 'kind: {{ .x }}\n', 'k.yaml': 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n', 'kubeconfig.yaml': 'apiVersion: v1\nkind: Config\n', 'old/b.yaml': bad, '.sallyport.yaml': 'ignore: [old]\n' }); // prettier-ignore
  const { stdout } = await run(cwd, ['.', '-v', '--color', 'never']);
  expect(stdout.match(/^.*:\d+ {2}ignored: .*$/gm)).toEqual([
    'old:1  ignored: ignored by the configuration',
    '.sallyport.yaml:1  ignored: no Kubernetes object',
    expect.stringMatching(/^k.yaml:1 .*kustomization/),
    expect.stringMatching(/^kubeconfig.yaml:1 .*kubeconfig/),
    expect.stringMatching(/^t.yaml:1 .*template/),
    'values.yaml:1  ignored: no Kubernetes object',
  ]);
  expect((await run(cwd, ['.'])).stdout).toMatch(/; 6 ignored/);
});

const mixed = { 'a.yaml': pod('a', '{ privileged: true, allowPrivilegeEscalation: false }') };
const only = (...names: string[]): string[] => names.flatMap((name) => ['--only', name]);

const choices: readonly (readonly [argv: string[], code: number, checks: string[]])[] = [
  [only('privileged'), 1, ['privileged']],
  [only('restricted/runAsNonRoot'), 1, ['run-as-non-root']],
  [only('capabilities_restricted'), 1, ['capabilities']],
  [only('capabilities', 'seccomp'), 1, ['capabilities', 'seccomp']],
  [only('host-namespaces'), 0, []],
  [[...only('restricted'), '--skip', 'privileged', '--skip', 'restricted/runAsNonRoot'], 1, ['capabilities', 'seccomp']],
  [['--skip', 'restricted'], 0, []],
  [[...only('privileged'), '--fail-on', 'critical'], 1, ['privileged']],
  [['--fail-on', 'critical', '--skip', 'privileged'], 0, ['capabilities', 'run-as-non-root', 'seccomp']],
  [['--fail-on', 'high', '--skip', 'privileged'], 1, ['capabilities', 'run-as-non-root', 'seccomp']],
  [['--fail-on', 'low', '--mode', 'Warn'], 0, ['privileged', 'capabilities', 'run-as-non-root', 'seccomp']],
  [[...only('privileged'), '--exit-zero'], 0, ['privileged']],
]; // prettier-ignore

test.each(choices)('scan %j exits %d', async (argv, code, checks) => {
  const scanned = await judged(await folder(mixed), ['a.yaml', ...argv]);
  expect({ code: scanned.code, checks: scanned.results[0]?.findings.map(({ check }) => check) }).toEqual({ code, checks });
});

test('what cannot be read as a pod is left in, and part of a set has another digest', async () => {
  const cwd = await folder({ 'a.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: 7\n' });
  const [whole, part] = [await judged(cwd, ['a.yaml']), await judged(cwd, ['a.yaml', '--only', 'seccomp'])];
  expect([part.code, part.results[0]?.findings.map(({ check }) => check)]).toEqual([1, ['readable-pod']]);
  expect(part.digest).not.toBe(whole.digest);
  expect(await judged(cwd, ['a.yaml', '--skip', 'readable-pod']).catch((error: unknown) => String(error))).toMatch(/nothing of this name/);
});

test('exit 2 wins over --exit-zero', async () => {
  expect((await run(await folder({}), ['nope', '--exit-zero'])).code).toBe(2);
});

test.each<[string[], RegExp]>([
  [[], /name a file or a folder/],
  [['-q', '--set', '-v', '--fial-on=low', '.'], /argument is ambiguous/],
  [['-q', '--fial-on=low', '.'], /unknown flag --fial-on; did you mean --fail-on\?/],
  [['-qx', '.'], /unknown flag -x; the flags are --policies/],
  [['--verison'], /unknown flag --verison; did you mean --version\?/],
  [['--fial-on', 'low', '.'], /--fial-on; did you mean --fail-on\?/],
  [['--fail-on', 'hihg', '.'], /--fail-on hihg: .*did you mean high\?/],
  [['--only', 'priviledged', '.'], /--only priviledged: .*did you mean privileged\?/],
  [['--skip', 'restricted/runAsNonroot', '.'], /--skip .*did you mean restricted\/runAsNonRoot\?/],
  [['--config', 'nope.yaml', '.'], /--config: nope.yaml cannot be read \(ENOENT\)/],
  [['--config', 'a.yaml', '--no-config', '.'], /--config and --no-config/],
  [['--changed-since', 'main', '.'], /--changed-since main: this is not a git repository/],
  [['--changed-since=--output=x', '.'], /a ref does not begin with a dash/],
])('scan %j is refused', async (argv, message) => {
  const { code, stdout, stderr } = await run(await folder({}), argv);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
});

const nested = {
  'a.yaml': bad,
  'strange.txt': 'apiVersion: v1\nkind: ConfigMap\ndta: {}\n',
  'sub/b.yaml': pod('b'),
  'gen/c.yaml': pod('c'),
  'sub/x.gen.yaml': pod('x'),
};

const configs: readonly (readonly [what: string, config: string, cwd: string, argv: string[], code: number, expected: string[]])[] = [
  ['names the paths, from its folder', 'paths: [sub]', 'sub', [], 1, ['b.yaml', 'x.gen.yaml']],
  ['gives way to paths on the command line', 'paths: [sub]', '.', ['a.yaml'], 1, ['a.yaml']],
  ['ignores a folder and a pattern of names', 'ignore: [gen/, "*.gen.yaml"]', '.', ['.'], 1, ['a.yaml', 'sub/b.yaml']],
  ['ignores a path from its folder', 'ignore: ["sub/**"]', '.', ['.'], 1, ['a.yaml', 'gen/c.yaml']],
  ['ignores what is named, too', 'ignore: [gen]', '.', ['gen/c.yaml', 'a.yaml'], 1, ['a.yaml']],
  ['ignores by patterns', 'ignore: [gen]', '.', ['**/*.yaml'], 1, ['a.yaml', 'sub/b.yaml', 'sub/x.gen.yaml']],
  ['sets the mode', 'mode: Warn', '.', ['a.yaml'], 0, ['a.yaml']],
  ['gives way to a flag', 'mode: Warn', '.', ['a.yaml', '--mode', 'Enforce'], 1, ['a.yaml']],
  ['names policies', 'policies: [restricted]\nskip: [restricted]', '.', ['a.yaml'], 0, ['a.yaml']],
  ['names a level', 'podSecurity: privileged', '.', ['a.yaml'], 0, ['a.yaml']],
  ['leaves policies alone where a level is asked for', 'policies: [restricted]', '.', ['a.yaml', '--pod-security', 'privileged'], 0, ['a.yaml']],
  ['sets the least severity', 'failOn: critical\nskip: [privileged]', '.', ['a.yaml'], 0, ['a.yaml']],
  ['asks for strictness', 'strict: true', '.', ['strange.txt'], 2, ['strange.txt']],
  ['names schemas', 'strict: true\nschemas: [absent.json]', '.', ['sub/b.yaml'], 2, []],
  ['is passed over when told so', 'mode: Warn', '.', ['a.yaml', '--no-config'], 1, ['a.yaml']],
]; // prettier-ignore

test.each(configs)('the configuration %s', async (_what, config, cwd, argv, code, expected) => {
  const home = await folder({ ...nested, '.sallyport.yaml': `${config}\n` });
  const { code: left, stdout } = await run(join(home, cwd), ['--format', 'json', ...argv]);
  const { results } = JSON.parse(stdout || '{"results": []}') as Scanned;
  expect({ code: left, files: results.map(({ file }) => file) }).toEqual({ code, files: expected });
});

test.each<[string, string[]]>([
  ['polices: [x]', ['c.yaml:1:1 polices: unknown field "polices"; did you mean "policies"?']],
  ['mode: warn', ['c.yaml:1:1 mode: one of Off, Audit, Warn, Enforce is expected, not the string "warn"; did you mean "Warn"?']],
  [
    'paths: sub\nfailOn: hi',
    [
      'c.yaml:1:1 paths: a list is expected, not the string "sub"',
      'c.yaml:2:1 failOn: one of critical, high, medium, low is expected, not the string "hi"',
    ],
  ],
  ['ignore:\n  - 7', ['c.yaml:2:5 ignore[0]: a string is expected, not the number 7']],
  ['[]', ['c.yaml:1:1 an object is expected, not a list']],
  ['mode: [', ['c.yaml:2:1 ']],
  ['mode: Warn\n---\nmode: Off', ['c.yaml:3:1 a configuration is one document; this is the second']],
])('the configuration %j is refused where it is wrong', async (config, expected) => {
  const { code, errors, results } = await judged(await folder({ 'a.yaml': bad, 'c.yaml': `${config}\n` }), [
    'a.yaml',
    '--config',
    'c.yaml',
  ]);
  expect([code, results]).toEqual([2, []]);
  expect(errors.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`)).toEqual(
    expected.map((text) => expect.stringContaining(text)),
  );
});

test('a configuration above the repository is not somebody’s to give', async () => {
  const cwd = await folder({ '.sallyport.yaml': 'mode: Off\n', 'repo/.git/HEAD': '', 'repo/x/a.yaml': bad });
  expect((await judged(join(cwd, 'repo/x'), ['a.yaml'])).code).toBe(1);
});

test('a configuration writes reports below its folder only', async () => {
  const cwd = await folder({
    'repo/.sallyport.yaml': 'format: [text, json=out/r.json]\n',
    'repo/out/': '',
    'repo/sub/a.yaml': bad,
    'bad.yaml': 'format: [text, "json=../r.json"]\n',
  });
  expect((await run(join(cwd, 'repo/sub'), ['a.yaml'])).stdout).toMatch(/^a.yaml/);
  expect(JSON.parse(await readFile(join(cwd, 'repo/out/r.json'), 'utf8'))).toMatchObject({ version: 1 });
  const { code, stderr } = await run(cwd, ['repo/sub', '--config', 'bad.yaml']);
  expect([code, stderr, existsSync(join(cwd, '../r.json'))]).toEqual([
    2,
    expect.stringMatching(/"json=\.\.\/r\.json", outside of its folder/),
    false,
  ]);
});

test('--print-config says what is in force, and scans nothing', async () => {
  const cwd = await folder({
    '.sallyport.yaml': 'paths: [sub]\nfailOn: high\nnamespace: shop\nnamespaceLabels: { tier: prod }\n',
    'sub/': '',
  });
  const { code, stdout } = await run(join(cwd, 'sub'), ['--print-config', '--namespace', 'web']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^# from \.\.\/\.sallyport\.yaml$/m);
  expect(JSON.parse(stdout.replace(/^#.*/, ''))).toEqual({
    policies: ['restricted'],
    paths: ['.'],
    namespace: 'web',
    namespaceLabels: { tier: 'prod' },
    failOn: 'high',
  });
});

test('--namespace is where an object lands that names none', async () => {
  const cwd = await folder({ 'a.yaml': `${pod('a')}---\n${pod('b').replace('name: b', 'name: b, namespace: own')}` });
  expect((await judged(cwd, ['a.yaml', '--namespace', 'shop'])).results.map(({ namespace }) => namespace)).toEqual(['shop', 'own']);
});

const waived = (spec: string): string => `apiVersion: sallyport.dev/v1alpha1
kind: GuardrailException
metadata: { name: w, namespace: shop }
spec: { guardrail: mine, allRules: true, match: { name: bad }, reason: why, owner: me, expiresAt: "1970-02-01T00:00:00Z"${spec} }
`;
const mine = `apiVersion: sallyport.dev/v1alpha1
kind: Guardrail
metadata: { name: mine }
spec:
  title: mine
  mode: Enforce
  exceptions: { namespaces: [shop] }
  rules: [{ check: privileged }]
`;

test.each<[string, string, string[], number, string[]]>([
  ['before what it excuses', `${waived('')}---\n${bad}`, ['--namespace', 'shop'], 0, ['skip', 'allow']],
  ['after what it excuses', `${bad}---\n${waived('')}`, ['--namespace', 'shop'], 0, ['allow', 'skip']],
  [
    'in a List',
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        podJson,
        {
          apiVersion: 'sallyport.dev/v1alpha1',
          kind: 'GuardrailException',
          metadata: { name: 'w', namespace: 'shop' },
          spec: { guardrail: 'mine', allRules: true, match: { all: true }, reason: 'why', owner: 'me', expiresAt: '1970-02-01T00:00:00Z' },
        },
      ],
    }),
    ['--namespace', 'shop'],
    0,
    ['allow', 'skip'],
  ],
  ['for another namespace', `${bad}---\n${waived('')}`, ['--namespace', 'web'], 1, ['deny', 'skip']],
  ['that has run out', `${bad}---\n${waived('')}`, ['--namespace', 'shop', '--now', '1970-03-01T00:00:00Z'], 1, ['deny', 'skip']],
  [
    'to a guardrail that is not judged by',
    `${bad}---\n${waived('').replace('mine', 'theirs')}`,
    ['--namespace', 'shop'],
    1,
    ['deny', 'skip'],
  ],
])('an exception among the objects counts: %s', async (_what, text, argv, code, verdicts) => {
  const cwd = await folder({ 'mine.yaml': mine, 'a.yaml': text });
  const scanned = await judged(cwd, ['a.yaml', '--policies', 'mine.yaml', ...argv]);
  expect(scanned.errors).toEqual([]);
  expect({ code: scanned.code, verdicts: scanned.results.map(({ verdict }) => verdict) }).toEqual({ code, verdicts });
});

test('an exception among the objects that is wrong is an error at its line', async () => {
  const cwd = await folder({ 'mine.yaml': mine, 'a.yaml': `${bad}---\n${waived(', resaon: x')}` });
  const { code, errors } = await judged(cwd, ['a.yaml', '--policies', 'mine.yaml']);
  expect([code, errors]).toEqual([2, [{ file: 'a.yaml', line: 11, column: expect.any(Number), message: expect.stringMatching(/resaon/) }]]);
});

test('of thousands of exceptions in one file, each is found at its own line, and soon', async () => {
  const wrong = waived(', resaon: x');
  const many = Array.from({ length: 3000 }, (_, index) => waived('').replace('name: w', `name: w${index}`)).join('---\n');
  const text = `${wrong}---\n# nothing\n---\n${bad}\n\n--- # again\n${wrong}---\n${many}---\n${wrong}`;
  const cwd = await folder({ 'mine.yaml': mine, 'a.yaml': text, 'b.yaml': wrong });
  const started = performance.now();
  const { errors } = await judged(cwd, ['.', '--policies', 'mine.yaml']);
  const lines = [...text.matchAll(/resaon/g)].map(({ index }) => text.slice(0, index).split('\n').length);
  expect(errors.map(({ file, line }) => `${file}:${line}`)).toEqual([...lines.map((line) => `a.yaml:${line}`), `b.yaml:${lines[0]}`]);
  expect(performance.now() - started).toBeLessThan(5000);
});

test('--changed-since scans what was committed, changed or added since a ref', async () => {
  if (!has('git')) return absent('git');
  const cwd = await folder({ 'old.yaml': pod('old'), 'edited.yaml': pod('edited'), 'deep/staged.yaml': pod('staged'), 'gone.yaml': bad });
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', cwd, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { encoding: 'utf8', stdio: 'pipe' });
  const commit = (): void => {
    git('add', '.');
    git('commit', '-q', '-m', 'x');
  };
  git('init', '-q', '-b', 'main');
  commit();
  git('tag', 'base');
  await writeFile(join(cwd, 'committed.yaml'), pod('committed'));
  await rm(join(cwd, 'gone.yaml'));
  commit();
  await writeFile(join(cwd, 'edited.yaml'), pod('edited-now'));
  await writeFile(join(cwd, 'deep/staged.yaml'), pod('staged-now'));
  git('add', 'deep');
  await writeFile(join(cwd, 'new é.yaml'), pod('new'));
  const names = async (from: string, ...argv: string[]): Promise<string[]> =>
    (await judged(join(cwd, from), argv)).results.map(({ name }) => name);
  expect(await names('.', '.', '--changed-since', 'base')).toEqual(['committed', 'staged-now', 'edited-now', 'new']);
  expect(await names('deep', '..', '--changed-since', 'base')).toEqual(['committed', 'staged-now', 'edited-now', 'new']);
  expect(await names('.', '.', '--changed-since', 'HEAD')).toEqual(['staged-now', 'edited-now', 'new']);
  expect(await names('.', 'old.yaml', 'edited.yaml', '*.yaml', '--changed-since', 'HEAD')).toEqual(['edited-now', 'edited-now', 'new']);
  const nothing = await run(cwd, ['old.yaml', '--changed-since', 'HEAD']);
  expect([nothing.code, nothing.stderr]).toEqual([0, expect.stringMatching(/nothing to scan has changed since HEAD/)]);
  const unknown = await run(cwd, ['.', '--changed-since', 'nope']);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/--changed-since nope: git knows no such ref/)]);
});

const chart = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'chart/values.yaml': 'privileged: true\nextra: {}\n',
  'chart/templates/pod.yaml': `{{- if .Values.privileged }}
apiVersion: v1
kind: Pod
metadata: { name: {{ .Release.Name }} }
spec:
  hostNetwork: true
  containers:
    - name: app
      image: a
      securityContext:
        privileged: {{ .Values.privileged }}
        {{- toYaml .Values.extra | nindent 8 }}
{{- end }}
`,
  'extra.yaml': 'extra: { procMount: Unmasked }\n',
};

test('findings of a chart are in its templates, where that can be known', async () => {
  if (!has('helm')) return absent('helm');
  const cwd = await folder(chart);
  const argv = ['chart', '--pod-security', 'baseline', '--values', 'extra.yaml'];
  const { code, results } = await judged(cwd, argv);
  expect([code, results.map(({ file, line, kind }) => `${file}:${line} ${kind}`)]).toEqual([1, ['chart/templates/pod.yaml:2 Pod']]);
  const places = results[0]?.findings.map(
    ({ check, line, column, message }) => `${check} ${line}:${column}${message.includes('(rendered, line') ? ' rendered' : ''}`,
  );
  expect(places).toEqual(['host-namespaces 6:3', 'privileged 11:9', 'proc-mount 1:1 rendered']);
  expect((await judged(cwd, [...argv, '--set', 'privileged=false', '--set', 'x=1'])).errors[0]?.message).toMatch(/nothing to judge/);
});

test('a packed chart is judged as well, and one that helm refuses is an error', async () => {
  if (!has('helm')) return absent('helm');
  const cwd = await folder(chart);
  execFileSync('tar', ['-czf', join(cwd, 'shop.tgz'), '-C', cwd, 'chart']);
  const { results } = await judged(cwd, ['shop.tgz', '--pod-security', 'baseline', '--set', 'extra.runAsUser=0']);
  expect(results.map(({ file, findings }) => `${file} ${findings.map(({ line, column }) => `${line}:${column}`).join(' ')}`)).toEqual([
    'shop.tgz/templates/pod.yaml 6:3 11:9',
  ]);
  await writeFile(join(cwd, 'broken.tgz'), gzipSync(Buffer.alloc(5000, 'x')));
  await writeFile(join(cwd, 'plain.tgz'), 'no archive');
  for (const name of ['broken.tgz', 'plain.tgz'])
    expect((await judged(cwd, [name])).errors).toMatchObject([{ file: name, message: expect.stringMatching(/^helm left with 1/) }]);
  const { code, errors } = await judged(cwd, ['chart', '--values', 'nope.yaml']);
  expect([code, errors[0]?.message]).toEqual([2, expect.stringMatching(/^helm left with 1: .*nope.yaml/)]);
});

test('a kustomization is judged as it is built, and findings are in the files that it is built from', async () => {
  if (!has('kubectl')) return absent('kubectl');
  const cwd = await folder({
    'base/kustomization.yaml': 'resources: [pod.yaml]\n',
    'base/pod.yaml': `# a comment\n${bad.replace('spec:', 'spec:\n  hostPID: true')}`,
    'prod/kustomization.yaml': `resources: [../base]
namePrefix: prod-
commonAnnotations: { docs: "https://example.com" }
patches: [{ patch: '{ apiVersion: v1, kind: Pod, metadata: { name: bad }, spec: { hostNetwork: true, hostPID: false, containers: [{ name: app, securityContext: { procMount: Unmasked } }] } }' }]
`,
    'broken/kustomization.yaml': 'resources: [../base]\nnamePrefix: 7\n',
  });
  const { code, results } = await judged(cwd, ['prod', '--pod-security', 'baseline']);
  expect([code, results.map(({ file, line, name, verdict }) => `${file}:${line} ${name} ${verdict}`)]).toEqual([
    1,
    ['base/pod.yaml:2 prod-bad deny'],
  ]);
  const places = results[0]?.findings.map(
    ({ check, line, column, message }) => `${check} ${line}:${column}${message.includes('(rendered') ? ' rendered' : ''}`,
  );
  // What a patch adds is placed at the closest parent that was written.
  expect(places).toEqual(['host-namespaces 5:1', 'privileged 8:49', 'proc-mount 8:30']);
  expect(await judged(cwd, ['broken'])).toMatchObject({
    code: 2,
    errors: [{ file: 'broken', message: expect.stringMatching(/^kubectl left with 1/) }],
  });
});

test('a comment allows where the object of a kustomization was written, once for all that is built from it', async () => {
  if (!has('kubectl')) return absent('kubectl');
  const allow = '# sallyport: allow host-namespaces until 2027-03-01 -- node agent';
  const other = pod('other', '{}').replace('spec:', `spec:\n  hostPID: true ${allow}`);
  const cwd = await folder({
    'base/kustomization.yaml': 'resources: [pods.yaml]\n',
    'base/pods.yaml': `${pod('a', '{}').replace('spec:', `spec:\n  ${allow}\n  hostNetwork: true`)}---\n${other}`,
    'over/kustomization.yaml':
      'resources: [../base]\nnamePrefix: x-\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: Pod\n    metadata: { name: other }\n    spec: { hostPID: null, hostIPC: true }\n',
    'broken/kustomization.yaml': 'resources: [pods.yaml, more.yaml]\n',
    'broken/pods.yaml': `# sallyport: allow\n${pod('a', '{}')}---\n${pod('b', '{}')}`,
    'broken/more.yaml': pod('c', '{}'),
  });
  const scanned = async (...argv: string[]) => {
    const { results, errors, stderr } = await judged(cwd, [...argv, '--pod-security', 'baseline']);
    const states = results.flatMap(({ findings }) => findings.map(({ check, line, state }) => `${check} ${line} ${state}`));
    return {
      states: states.filter((state) => state.startsWith('host')),
      errors: errors.map(({ file, line }) => `${file}:${line}`),
      stderr,
    };
  };
  const allowed = ['host-namespaces 6 suppressed', 'host-namespaces 14 suppressed'];
  expect(await scanned('base')).toEqual({ states: allowed, errors: [], stderr: '' });
  // What a patch has put in the place of a value, no comment on that value allows.
  expect(await scanned('base', 'over')).toEqual({ states: [...allowed, allowed[0], 'host-namespaces 13 active'], errors: [], stderr: '' });
  expect((await scanned('over')).stderr).toMatch(/^warning: base\/pods\.yaml:14:\d+: its line does not break host-namespaces[^\n]*\n$/);
  expect((await scanned('base', '--no-inline')).states).toEqual(['host-namespaces 6 active', 'host-namespaces 14 active']);
  expect((await scanned('broken')).errors).toEqual(['broken/pods.yaml:1']);
});

test('a kustomization says which programs it needs', async () => {
  const cwd = await folder({ 'k/kustomization.yaml': 'resources: [a.yaml]\n', 'k/a.yaml': bad });
  expect((await judged(cwd, ['k'], { env: { PATH: cwd } })).errors[0]?.message).toMatch(/kubectl or kustomize/);
});

test.each<[string, string, string, number, [number, number] | null]>([
  ['a line that stands there', 'a: 1\nb: 2', 'b: 2', 1, [2, 1]],
  ['a deeper line that stands less deep', 'x:\n  b: 2', 'b: 2', 1, [2, 3]],
  ['a line with a hole', 'a: {{ .x }}', 'a: 7', 1, [1, 1]],
  ['a line with a hole that begins on the next', 'a: {{- .x }}', 'a:\n  b: 1', 1, [1, 1]],
  ['a line that is a hole', '{{ .x }}', 'a: 7', 1, null],
  ['a line that comes from a helper', 'a: 1', 'b: 1', 1, null],
  ['the second of two, by its neighbours', 'one:\n- x\ntwo:\n- x', 'one:\n- x\ntwo:\n- x', 4, [4, 1]],
  ['one of two that nothing tells apart', '- x\n- x', '- x\n- x', 2, null],
  ['one that a loop has made twice', 'l:\n- x', 'l:\n- x\n- x', 3, [2, 1]],
])('a rendered line is found: %s', (_what, template, rendered, line, expected) => {
  const place = templatePlaces(template, rendered)({ line, column: 1 });
  expect(place === null ? null : [place.line, place.column]).toEqual(expected);
});

test('a bar is drawn on a terminal after a second, ten times a second, and taken away', () => {
  const drawn: string[] = [];
  let now = 0;
  const bar = progress(
    100,
    (text) => drawn.push(text),
    () => now,
  );
  for (now = 0; now < 1500; now += 10) bar.show(now / 15);
  expect(drawn).toHaveLength(5);
  expect(drawn[0]).toMatch(/^\r█{20}░{10} 66\.\d+ of 100 files/);
  bar.clear();
  expect(drawn.at(-1)).toBe('\r\u001b[K');
  const none = progress(1, null, () => now);
  none.show(1);
  none.clear();
});

test('two thousand files are scanned one after another', async () => {
  const cwd = await folder({ 'x/': '' });
  await Promise.all(Array.from({ length: 2000 }, (_, index) => writeFile(join(cwd, 'x', `${index}.yaml`), pod(`p${index}`))));
  const { results, code } = await judged(cwd, ['x', '--pod-security', 'baseline']);
  expect([code, results.length]).toEqual([1, 2000]);
});

test.each<[string[], string]>([
  [['sallyport', 'sc'], 'scan'],
  [['sallyport', 'scan', '--fail'], '--fail-on'],
  [['sallyport', 'scan', '--no-c'], '--no-config'],
  [['sallyport', 'scan', '--fail-on', 'h'], 'high'],
  [['sallyport', 'scan', '--format', ''], 'text json sarif junit github gitlab html'],
  [['sallyport', 'serve', '--pod-security', 'b'], 'baseline'],
  [['sallyport', 'serve', '--log-level', 'b'], ''],
  [['sallyport', 'scan', 'a'], ''],
])('bash completes %j to %j', async (words, expected) => {
  const { stdout } = await run(home, ['bash'], {}, completion);
  const script = `${stdout}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _sallyport; echo "\${COMPREPLY[*]}"`;
  expect(execFileSync('bash', ['-uc', script], { encoding: 'utf8' }).trim()).toBe(expected);
});

test.each(['zsh', 'fish'])('%s is told every flag of scan', async (shell) => {
  const { stdout, code } = await run(home, [shell], {}, completion);
  const missing = Object.keys(scanOptions).filter((flag) => !stdout.includes(`--${flag}`) && !stdout.includes(` -l ${flag}`));
  expect([code, missing]).toEqual([0, []]);
});

test.each([[[]], [['fsh']], [['bash', 'zsh']]])('completion %j is refused', async (argv) => {
  expect(await run(home, argv, {}, completion)).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/bash, zsh, fish|did you mean zsh/),
  });
});
