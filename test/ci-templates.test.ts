import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { load } from 'js-yaml';

const root = fileURLToPath(new URL('../', import.meta.url));
const templates = join(root, 'deploy/ci');
const template = (name: string): string => readFileSync(join(templates, name), 'utf8');
const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const inMonth = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);

let home: string;
let folders = 0;

/** Programs of a build agent: ours, and those that only write down how they are called. */
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-ci-'));
  const recorded = ['npm', 'docker', 'kubectl'].map((name): [string, string] => [name, `echo "${name} $*" >> "$CALLS"`]);
  const programs = [...recorded, ['sallyport', `exec "${process.execPath}" "${root}src/launch.js" "$@"`] as const];
  await mkdir(join(home, 'bin'));
  for (const [name, line] of programs) {
    await writeFile(join(home, 'bin', name), `#!/bin/sh\n${line}\n`);
    await chmod(join(home, 'bin', name), 0o755);
  }
});
afterAll(() => rm(home, { recursive: true, force: true }));

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const made = join(home, String(folders++));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(made, name)), { recursive: true });
    await writeFile(join(made, name), content);
  }
  return made;
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly calls: string[];
}

/** Runs a script as a build agent does: a shell that ends at the first failure. */
function runScript(shell: 'sh' | 'bash', script: string, cwd: string, env: Readonly<Record<string, string>> = {}): Ended {
  const calls = join(cwd, '.calls');
  const { status, stdout, stderr } = spawnSync(shell, ['-e', '-c', script], {
    cwd,
    encoding: 'utf8',
    env: { ...env, CALLS: calls, PATH: [join(home, 'bin'), process.env['PATH'] ?? ''].join(delimiter) },
  });
  return { code: status, output: stdout + stderr, calls: existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n') : [] };
}

// ---- samples

const pod = (context: string, comment = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec:\n  containers:\n    - name: web\n      image: web\n${comment}      securityContext: ${context}\n`;
const least =
  'runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: [ALL] }, seccompProfile: { type: RuntimeDefault }';
const good = pod(`{ ${least} }`);
/** What level baseline allows and level restricted refuses. */
const middling = pod('{}');
const bad = pod(`{ privileged: true, ${least} }`);
const excused = pod(`{ privileged: true, ${least} }`, `      # sallyport: allow privileged until ${inMonth} -- a comment of the change\n`);
const off = 'mode: "Off"\n';
const baseline = 'podSecurity: baseline\n';

interface Sample {
  readonly name: string;
  readonly manifest: string;
  /** `.sallyport.yaml` of the change. */
  readonly own?: string;
  /** The one from elsewhere. */
  readonly trusted?: string;
  readonly code: number;
}

/** For every host: what decides who may excuse whom. */
const samples: readonly Sample[] = [
  { name: 'neither a configuration nor a comment of the change excuses it', manifest: excused, own: off, code: 1 },
  { name: 'the configuration from elsewhere counts', manifest: middling, trusted: baseline, code: 0 },
];
const more: readonly Sample[] = [
  { name: 'what is in order passes', manifest: good, code: 0 },
  { name: 'what cannot be judged stops', manifest: 'apiVersion: v1\nkind: Pod\nspec: [', code: 2 },
];
const filesOf = ({ manifest, own }: Sample): Record<string, string> => ({
  'deploy/web.yaml': manifest,
  ...(own === undefined ? {} : { '.sallyport.yaml': own }),
});

// ---- GitHub

interface Workflow {
  readonly permissions: object;
  readonly jobs: Readonly<Record<'scan', Job>>;
}
interface Job {
  readonly permissions: object;
  readonly 'timeout-minutes': number;
  readonly env: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}
interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly 'working-directory'?: string;
}

const workflow = load(template('github-workflow.yaml')) as Workflow;

test('the workflow grants what it uses, pins its actions and puts no expression into a script', () => {
  const { permissions, jobs } = workflow;
  expect(permissions).toEqual({});
  expect(jobs.scan.permissions).toEqual({ contents: 'read', 'security-events': 'write' });
  expect(jobs.scan['timeout-minutes']).toBeLessThanOrEqual(10);
  const { steps } = jobs.scan;
  const uses = template('github-workflow.yaml').match(/uses: .*/g) ?? [];
  expect(uses.length).toBe(4);
  expect(uses.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([]);
  const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
  expect(checkouts.map((step) => [step.with?.['path'], step.with?.['persist-credentials']])).toEqual([
    ['change', false],
    ['trusted', false],
  ]);
  // The trigger that would give a change from a fork the rights and secrets of the repository.
  expect(template('github-workflow.yaml')).not.toContain('pull_request_target');
});

test.each([...samples, ...more])('GitHub: $name', async (sample) => {
  const trusted = sample.trusted === undefined ? {} : { 'trusted/.sallyport.yaml': sample.trusted };
  const change = Object.fromEntries(Object.entries(filesOf(sample)).map(([path, text]) => [`change/${path}`, text]));
  const workspace = await folder({ ...change, ...trusted, 'trusted/README.md': '' });
  const { env, steps } = workflow.jobs.scan;
  const [install, scan] = steps.filter(({ run }) => run !== undefined);
  expect(runScript('bash', install?.run ?? '', home, env)).toMatchObject({ code: 0 });
  const { code, output } = runScript('bash', scan?.run ?? '', join(workspace, scan?.['working-directory'] ?? ''), env);
  expect({ code, output }).toEqual({ code: sample.code, output: expect.any(String) });
  const sarif = JSON.parse(await readFile(join(workspace, 'sallyport.sarif'), 'utf8')) as { runs: { results: object[] }[] };
  expect(sarif.runs).toHaveLength(1);
  // The path that GitHub knows is that of the repository, not of the folder it was checked out to.
  const named = [/^::error .*file=deploy\/web\.yaml/m.test(output), JSON.stringify(sarif).includes('"uri":"deploy/web.yaml"')];
  expect(named).toEqual(sample.code === 0 ? [false, false] : [true, true]);
});

test('GitHub: the report is uploaded also when the scan denies, from where it was written', () => {
  const upload = workflow.jobs.scan.steps.find(({ uses }) => uses?.includes('upload-sarif'));
  expect(upload?.if).toMatch(/!cancelled\(\).*head\.repo\.full_name == github\.repository/);
  expect(upload?.with).toMatchObject({ sarif_file: 'sallyport.sarif' });
});

// ---- GitLab

interface GitLabJob {
  readonly variables: Readonly<Record<string, string>>;
  readonly before_script: readonly string[];
  readonly script: readonly string[];
  readonly artifacts: { readonly when: string; readonly reports: { readonly codequality: string } };
}

test.each(samples)('GitLab: $name', async (sample) => {
  const { sallyport: job } = load(template('gitlab-ci.yaml')) as { sallyport: GitLabJob };
  const project = await folder({ ...filesOf(sample), ...elsewhere(sample) });
  const script = [...job.before_script, ...job.script].join('\n');
  const { code, output, calls } = runScript('sh', script, project, { ...job.variables, ...pointsTo(sample, project) });
  expect({ code, output }).toEqual({ code: sample.code, output: expect.any(String) });
  expect(calls).toEqual([`npm install --global --no-audit --no-fund sallyport@${version}`]);
  expect(job.artifacts.when).toBe('always');
  const report = JSON.parse(await readFile(join(project, job.artifacts.reports.codequality), 'utf8')) as { location: { path: string } }[];
  expect(new Set(report.map(({ location }) => location.path))).toEqual(new Set(sample.code === 0 ? [] : ['deploy/web.yaml']));
});

const elsewhere = ({ trusted }: Sample): Record<string, string> => (trusted === undefined ? {} : { 'elsewhere/policy.yaml': trusted });
const pointsTo = ({ trusted }: Sample, project: string): Record<string, string> =>
  trusted === undefined ? {} : { SALLYPORT_CONFIG: join(project, 'elsewhere/policy.yaml') };

// ---- Jenkins

const jenkinsfile = template('Jenkinsfile');
const stages = [...jenkinsfile.matchAll(/stage\('(\w+)'\) \{([^]*?)(?=\n {4}stage\(|\n {2}\}\n\}\n$)/g)].map(([, name, body = '']) => ({
  name,
  script: /sh '''\n([^]*?)'''/.exec(body)?.[1] ?? '',
}));
const environment = Object.fromEntries([...jenkinsfile.matchAll(/^ {4}([A-Z]+) = '([^']*)'/gm)].map(([, key, value]) => [key, value]));

test('the Jenkinsfile builds, scans and deploys, its braces match, and no Groovy is filled into a script', () => {
  expect(stages.map(({ name }) => name)).toEqual(['Build', 'Scan', 'Deploy']);
  expect(Object.keys(environment)).toEqual(['SALLYPORT', 'MANIFESTS', 'IMAGE', 'NAMESPACE']);
  const code = jenkinsfile.replaceAll(/'''[^]*?'''|'[^'\n]*'|\/\/.*/g, '');
  expect(code.match(/\{/g)?.length).toBe(code.match(/\}/g)?.length);
  // In double quotes Groovy would fill in names of branches, which anyone who opens a change chooses.
  expect(jenkinsfile).not.toMatch(/^\s*sh "/m);
});

test.each(samples)('Jenkins: $name', async (sample) => {
  const workspace = await folder({ ...filesOf(sample), ...elsewhere(sample) });
  const env = { ...environment, ...pointsTo(sample, workspace), GIT_COMMIT: 'abc', WORKSPACE_TMP: join(workspace, 'tmp') };
  const ended = [];
  for (const { script } of stages) {
    const { code } = runScript('sh', script, workspace, env);
    ended.push(code);
    if (code !== 0) break;
  }
  expect(ended).toEqual(sample.code === 0 ? [0, 0, 0] : [0, sample.code]);
  const calls = await readFile(join(workspace, '.calls'), 'utf8');
  expect(calls).toMatch(/^docker build --tag \S+:abc \.\nnpm install --global --prefix \S+\/tmp\/sallyport /);
  expect(calls.includes('docker push') && calls.includes('kubectl apply')).toBe(sample.code === 0);
  expect(await readFile(join(workspace, 'sallyport.xml'), 'utf8')).toMatch(/^<\?xml[^]*<\/testsuites>\n$/);
  expect(await readFile(join(workspace, 'sallyport.html'), 'utf8')).toMatch(/^<!doctype html>/i);
});

// ---- pre-commit

interface Hook {
  readonly entry: string;
  readonly args: readonly string[];
  readonly files: string;
  readonly language: string;
  readonly additional_dependencies: readonly string[];
}

test.each<[string, Record<string, string>, string[], number]>([
  ['what is denied', { 'k8s/web.yaml': good, 'deploy/a/web.yml': bad }, ['k8s/web.yaml', 'deploy/a/web.yml'], 1],
  ['nothing but manifests', { 'k8s/web.yaml': good, 'web.yaml': bad, '.github/workflows/ci.yaml': bad }, ['k8s/web.yaml'], 0],
  ['with the configuration of the repository', { 'k8s/web.yaml': middling, '.sallyport.yaml': baseline }, ['k8s/web.yaml'], 0],
])('pre-commit: %s', async (_name, files, passed, code) => {
  const { repos } = load(template('pre-commit-config.yaml')) as { repos: { hooks: Hook[] }[] };
  const [hook] = repos.flatMap(({ hooks }) => hooks);
  if (!hook) throw new Error('no hook');
  expect(hook).toMatchObject({ language: 'node', additional_dependencies: [`sallyport@${version}`] });
  const chosen = Object.keys(files).filter((file) => new RegExp(hook.files).test(file));
  expect(chosen).toEqual(passed);
  const command = [hook.entry, ...hook.args, ...chosen].join(' ');
  expect(runScript('sh', command, await folder(files))).toMatchObject({ code });
});

// ---- Argo CD

interface PreSync {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { args: string[]; image: string }[] } } };
}

const presync = load(template('argocd/presync.yaml')) as PreSync;

test('Argo CD: the Job and the application pass the guardrails that the Job holds others to', () => {
  expect(runScript('sh', 'sallyport scan --no-config argocd/web.yaml argocd/presync.yaml', templates)).toMatchObject({ code: 0 });
});

test.each<[string, string, number]>([
  ['what is in order is synced', good, 0],
  ['what is denied is not, whatever a comment says', excused, 1],
])('Argo CD: %s', async (_name, manifest, code) => {
  // A mounted ConfigMap: the files lie in a hidden folder, behind links.
  const mount = await folder({ '..2026/web.yaml': manifest });
  await symlink('..2026', join(mount, '..data'));
  await symlink('..data/web.yaml', join(mount, 'web.yaml'));
  const [container] = presync.spec.template.spec.containers;
  const args = (container?.args ?? []).map((argument) => `'${argument.replace('/manifests/', `${mount}/`)}'`);
  const ended = runScript('sh', `sallyport ${args.join(' ')}`, home);
  expect(ended).toMatchObject({ code });
  expect(ended.output).toContain('1 object:');
});

test('Argo CD: the manifests are there before the Job, and both before the sync', () => {
  const { configMapGenerator: [generator], resources } = load(template('argocd/kustomization.yaml')) as { resources: string[]; configMapGenerator: { files: string[]; name: string; options: PreSync['metadata'] }[] }; // prettier-ignore
  const [first, second] = [generator?.options.annotations ?? {}, presync.metadata.annotations];
  for (const annotations of [first, second]) expect(annotations['argocd.argoproj.io/hook']).toBe('PreSync');
  expect(Number(first['argocd.argoproj.io/sync-wave'])).toBeLessThan(Number(second['argocd.argoproj.io/sync-wave']));
  expect(JSON.stringify(presync)).toContain(`"configMap":{"name":"${generator?.name}"}`);
  for (const file of [...resources, ...(generator?.files ?? [])]) expect(existsSync(join(templates, 'argocd', file))).toBe(true);
});

// ---- all

test('every template is named in the README, and asks for this version', () => {
  const names = readdirSync(templates).filter((name) => name !== 'README.md');
  expect(names.filter((name) => !template('README.md').includes(`(${name})`))).toEqual([]);
  const texts = [...names.filter((name) => name.includes('.') || name === 'Jenkinsfile'), 'argocd/presync.yaml'].map(template).join('\n');
  const versions = [...texts.matchAll(/sallyport[@:](\d[\w.-]*)/g)].map(([, found]) => found);
  expect(versions).toHaveLength(5);
  expect(new Set(versions)).toEqual(new Set([version]));
});
