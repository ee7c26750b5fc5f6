import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Compile } from 'typebox/schema';
import { run as explain } from '../src/commands/explain.ts';
import { run as fix } from '../src/commands/fix.ts';
import type { Io, Run } from '../src/commands/io.ts';
import { run as preview } from '../src/commands/preview.ts';
import { run as scan } from '../src/commands/scan.ts';
import { run as testPolicies } from '../src/commands/test.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-cel-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

type Files = Readonly<Record<string, string>>;

/** Runs a command in a folder of these files. */
async function run(command: Run, files: Files, argv: readonly string[]): Promise<{ code: number; cwd: string; out: string; err: string }> {
  const cwd = await mkdtemp(join(home, 'a-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(cwd, name), content);
  const heard = { out: '', err: '' };
  const io: Io = {
    stdout: (text) => void (heard.out += text),
    stderr: (text) => void (heard.err += text),
    stdin: async () => Buffer.alloc(0),
    cwd,
    env: {},
    now: () => new Date('2026-11-22T12:00:00Z'),
    root: new URL('../', import.meta.url),
    version: '1.2.3',
    termination: () => new AbortController().signal,
  };
  return { code: await command([...argv], io), cwd, ...heard };
}

interface Scanned {
  readonly results: { verdict: string; findings: { rule: string; path: string; message: string }[] }[];
  readonly errors: { message: string }[];
}

async function scanned(files: Files, ...argv: string[]): Promise<string[]> {
  const { out } = await run(scan, files, ['--format', 'json', ...argv]);
  const { results, errors } = JSON.parse(out) as Scanned;
  const findings = results.flatMap((result) => result.findings);
  return [...findings.map(({ rule, path, message }) => `${rule} ${path}: ${message}`), ...errors.map(({ message }) => message)];
}

const guardrail = (cel: string, more = ''): string =>
  `apiVersion: sallyport.dev/v1alpha1\nkind: Guardrail\nmetadata: { name: g }\nspec:\n  mode: Enforce\n${more}  rules:\n    - name: r\n      cel: { ${cel} }\n`;
const deployment = (replicas: number, more = ''): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: d, namespace: shop${more} }\nspec:\n  replicas: ${replicas}\n  template: { spec: { containers: [{ name: a, image: nginx }] } }\n`;
const together = (...documents: string[]): string => documents.join('---\n');

// ---- params and namespaces among the files

const limited = (where = 'namespace: policies, '): string =>
  guardrail(
    `params: { apiVersion: v1, kind: ConfigMap, ${where}name: limits }, field: spec.replicas, expression: "object.spec.replicas <= int(params.data.max)", messageExpression: "'at most ' + params.data.max", cure: { setExpression: "int(params.data.max)" }`,
  );
const limits = (max: number, namespace = 'policies'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: limits, namespace: ${namespace} }\ndata: { max: "${max}" }\n`;
const broken = 'r spec.replicas: at most 2';
const missing = 'r : this rule cannot be evaluated here: the params ConfigMap policies/limits are not there';

test.each<[string, Files, readonly string[]]>([
  ['beside the guardrail', { 'g.yaml': together(limited(), limits(2)), 'd.yaml': deployment(3) }, [broken]],
  ['before the guardrail', { 'g.yaml': together(limits(2), limited()), 'd.yaml': deployment(3) }, [broken]],
  ['that allow', { 'g.yaml': together(limited(), limits(3)), 'd.yaml': deployment(3) }, []],
  ['before what is scanned', { 'g.yaml': limited(), 'd.yaml': together(limits(2), deployment(3)) }, [broken]],
  ['after what is scanned', { 'g.yaml': limited(), 'd.yaml': together(deployment(3), limits(2)) }, [broken]],
  [
    'in both: those beside the guardrail',
    { 'g.yaml': together(limited(), limits(2)), 'd.yaml': together(limits(9), deployment(3)) },
    [broken],
  ],
  ['in another namespace', { 'g.yaml': limited(), 'd.yaml': together(deployment(3), limits(2, 'other')) }, [missing]],
  ['in the namespace of the object', { 'g.yaml': limited(''), 'd.yaml': together(deployment(3), limits(2, 'shop')) }, [broken]],
  ['nowhere', { 'g.yaml': limited(), 'd.yaml': deployment(3) }, [missing]],
])('a scan finds params %s', async (_, files, expected) => {
  expect(await scanned(files, '--policies', 'g.yaml', 'd.yaml')).toEqual(expected);
});

test('params of a guardrail that is broken are no fault themselves', async () => {
  const policies = together(limited().replace('object.spec.replicas <=', 'object.spec.replicas <= <='), limits(2));
  const told = await scanned({ 'g.yaml': policies, 'd.yaml': deployment(3) }, '--policies', 'g.yaml', 'd.yaml');
  expect(told).toEqual([expect.stringContaining('Syntax error')]);
});

test('the digest covers the params that stand among the policies', async () => {
  const [two, three, same] = await Promise.all([2, 3, 2].map(async (max) => digest(together(limited(), limits(max)))));
  expect([two === three, two === same]).toEqual([false, true]);
});

async function digest(policies: string): Promise<string> {
  const { out } = await run(scan, { 'g.yaml': policies, 'd.yaml': deployment(1) }, ['--format', 'json', '--policies', 'g.yaml', 'd.yaml']);
  return (JSON.parse(out) as { digest: string }).digest;
}

test('a fix takes params from what is fixed, too, and a preview', async () => {
  const files = { 'g.yaml': limited(), 'd.yaml': deployment(3), 'l.yaml': limits(2) };
  const { cwd } = await run(fix, files, ['--policies', 'g.yaml', '--include', 'review', 'd.yaml', 'l.yaml']);
  expect(await readFile(join(cwd, 'd.yaml'), 'utf8')).toBe(deployment(2));
  const { out } = await run(preview, files, ['--policies', 'g.yaml', 'd.yaml', 'l.yaml']);
  expect(out).toMatch(/^shop +Deployment\/d +g\/r +denied/m);
});

test('a test takes params from its policies', async () => {
  const cases = `apiVersion: sallyport.dev/v1alpha1\nkind: GuardrailTest\ncases:\n  - name: three\n    object: ${JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: { replicas: 3, template: { spec: {} } } })}\n    expect: { verdict: deny, findings: [r spec.replicas] }\n`;
  expect(await run(testPolicies, { 'g.yaml': together(limited(), limits(2)), 'g.test.yaml': cases }, [])).toMatchObject({ code: 0 });
});

test.each(['r', 'r ', 'g/r'])('a test names what a rule finds of the whole object: %j', async (named) => {
  const cases = `apiVersion: sallyport.dev/v1alpha1\nkind: GuardrailTest\ncases:\n  - name: any\n    object: { apiVersion: v1, kind: Pod, metadata: { name: p }, spec: {} }\n    expect: { verdict: deny, findings: [${JSON.stringify(named)}] }\n`;
  expect(await run(testPolicies, { 'g.yaml': guardrail('expression: "false"'), 'g.test.yaml': cases }, [])).toMatchObject({ code: 0 });
});

// ---- reports

const nowhere = guardrail(`expression: "request.userInfo.username != '' || 'a' in request.userInfo.groups", message: nobody asks`);
const objectHere = 'the object';

test.each<[string, RegExp]>([
  ['github', new RegExp(`nobody asks%0Aat ${objectHere}$`, 'm')],
  ['gitlab', new RegExp(`nobody asks \\(at ${objectHere}\\)"`)],
  ['junit', new RegExp(`nobody asks \\(g/r\\) at ${objectHere}$`, 'm')],
  ['sarif', new RegExp(`nobody asks \\(at ${objectHere}\\)".*"fullyQualifiedName":"Deployment shop/d"`)],
  ['html', new RegExp(`, ${objectHere}</p>`)],
])('the format %s says in words where a finding without a path stands', async (format, expected) => {
  const { out } = await run(scan, { 'g.yaml': nowhere, 'd.yaml': deployment(1) }, ['--format', format, '--policies', 'g.yaml', 'd.yaml']);
  expect(out).toMatch(expected);
});

test('a fix says in words where a finding without a path stands', async () => {
  const { out } = await run(fix, { 'g.yaml': nowhere, 'd.yaml': deployment(1) }, ['--policies', 'g.yaml', 'd.yaml']);
  expect(out).toContain(`, at ${objectHere}\n`);
});

const admissionPolicy =
  'apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: { name: v }\nspec:\n  matchConstraints: { resourceRules: [{ apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments] }] }\n  validations: [{ expression: "object.spec.replicas > 5", message: too few }]\n---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: { name: b }\nspec: { policyName: v, validationActions: [Deny] }\n';

const sarifSchema = Compile(JSON.parse(readFileSync(new URL('report/sarif-schema-2.1.0.json', import.meta.url), 'utf8')) as object);

test.each<[string, string, string]>([
  [
    'of a guardrail',
    nowhere,
    "nobody asks. Of the object this must be true: request.userInfo.username != '' || 'a' in request.userInfo.groups",
  ],
  ['of an admission policy', admissionPolicy, 'too few. Of the object this must be true: object.spec.replicas > 5'],
])('SARIF helps with a rule in CEL %s', async (_, policy, expected) => {
  const { out } = await run(scan, { 'g.yaml': policy, 'd.yaml': deployment(1) }, ['--format', 'sarif', '--policies', 'g.yaml', 'd.yaml']);
  expect(sarifSchema.Errors(JSON.parse(out))[1]).toEqual([]);
  const log = JSON.parse(out) as { runs: [{ tool: { driver: { rules: { help: { text: string } }[] } } }] };
  expect(log.runs[0].tool.driver.rules.map(({ help }) => help.text)).toEqual([expected]);
});

test.each<[string, string[], string[]]>([
  ['--only', ['r'], ['r']],
  ['--only', ['g/s'], ['s']],
  ['--only', ['g'], ['r', 's']],
  ['--skip', ['r'], ['s']],
])('%s %j leaves rules in CEL', async (flag, names, expected) => {
  const policy = guardrail('expression: "false"') + '    - { name: s, cel: { expression: "1 > 2" } }\n';
  const argv = ['--format', 'json', '--policies', 'g.yaml', ...names.flatMap((name) => [flag, name]), 'd.yaml'];
  const { out } = await run(scan, { 'g.yaml': policy, 'd.yaml': deployment(1) }, argv);
  expect((JSON.parse(out) as Scanned).results.flatMap(({ findings }) => findings.map(({ rule }) => rule))).toEqual(expected);
});

test.each(['g', 'g/r', 'r'])('explain knows a rule in CEL as %s', async (word) => {
  const { out } = await run(explain, { 'g.yaml': nowhere }, ['--policies', 'g.yaml', word]);
  expect(out).toContain("request.userInfo.username != ''");
});

test.each([
  ['annotations of a scanned Namespace', `namespaceObject.metadata.annotations.owner == 'ann'`, []],
  ['its spec', `!has(namespaceObject.spec)`, ['r : no']],
])('expressions read %s', async (_, expression, expected) => {
  const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, annotations: { owner: ann } }\nspec: {}\n';
  const files = { 'g.yaml': guardrail(`expression: "${expression}", message: "no"`), 'd.yaml': together(deployment(1), namespace) };
  expect(await scanned(files, '--policies', 'g.yaml', 'd.yaml')).toEqual(expected);
});

test('a policy finds a version that nobody serves any more, and the error still stands', async () => {
  const policy =
    'apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: { name: p }\nspec: { rules: [{ name: old, match: { any: [{ resources: { kinds: [apps/*/Deployment] } }] }, validate: { cel: { expressions: [{ expression: "object.apiVersion == \'apps/v1\'", message: retired }] } } }] }\n';
  const files = { 'p.yaml': policy, 'd.yaml': together(deployment(1).replace('apps/v1', 'apps/v1beta2'), deployment(1)) };
  expect(await scanned(files, '--policies', 'p.yaml', 'd.yaml')).toEqual([
    'old apiVersion: retired',
    'apps/v1beta2 is not served for a Deployment; write apiVersion: apps/v1',
  ]);
});
