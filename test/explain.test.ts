import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checks } from '../src/checks/index.ts';
import { run } from '../src/commands/explain.ts';
import type { Io } from '../src/commands/io.ts';
import { allForeignNames, foreignNames, sharedNames, spelling } from '../src/standards/foreign-names.ts';
import { controls } from '../src/standards/pod-security.ts';
import { expectGolden } from './support/golden.ts';

const root = new URL('../', import.meta.url);
let home: string;

const shop = `
apiVersion: sallyport.dev/v1alpha1
kind: Guardrail
metadata: { name: shop }
spec:
  mode: Warn
  rules:
    - check: capabilities
      name: few-capabilities
      with: { drop: [NET_RAW], add: [CHOWN] }
    - check: seccomp
      with: { required: false }
`;
const labels = `
apiVersion: sallyport.dev/v1alpha1
kind: Guardrail
metadata: { name: labels }
spec: { mode: Enforce, rules: [{ podSecurity: { fromNamespaceLabels: true } }] }
`;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-explain-'));
  await writeFile(join(home, 'shop.yaml'), shop);
  await writeFile(join(home, 'labels.yaml'), labels);
  await writeFile(join(home, '.shop.yaml'), 'policies: [shop.yaml]\n');
  await writeFile(join(home, '.broken.yaml'), 'polices: [shop.yaml]\n');
  await writeFile(join(home, 'broken.yaml'), shop.replace('check: seccomp', 'check: secomp'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

async function explain(...argv: string[]) {
  const heard = { stdout: '', stderr: '' };
  const io: Io = {
    stdout: (text) => void (heard.stdout += text),
    stderr: (text) => void (heard.stderr += text),
    stdin: async () => Buffer.alloc(0),
    cwd: home,
    env: {},
    now: () => new Date(0),
    root,
    version: '1.2.3',
    termination: () => new AbortController().signal,
  };
  return { code: await run(argv, io), ...heard };
}

interface Answer {
  readonly asked: string;
  readonly because: string[];
  readonly explanations: { check: string; example: { before: string; after: string; says: string[]; curedBy: string } }[];
}

async function answered(...argv: string[]): Promise<Answer> {
  const { code, stdout, stderr } = await explain(...argv, '--format', 'json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Answer;
}

const explained = async (...argv: string[]): Promise<string[]> => (await answered(...argv)).explanations.map(({ check }) => check);

// ---- names

test.each<[string, string[], string[]]>([
  ['a check', ['capabilities'], ['capabilities']],
  ['a check in another case', ['Host-Ports'], ['host-ports']],
  ['a control', ['capabilities_baseline'], ['capabilities']],
  ['a control in another case', ['runasuser'], ['run-as-user']],
  ['Checkov', ['CKV_K8S_16'], ['privileged']],
  ['Trivy', ['KSV-0017'], ['privileged']],
  ['Trivy as it was written before', ['KSV017'], ['privileged']],
  ['Trivy as it was written still earlier', ['AVD-KSV-0017'], ['privileged']],
  ['Kubescape', ['C-0057'], ['privileged']],
  ['kube-linter', ['privileged-container'], ['privileged']],
  ['Gatekeeper', ['K8sPSPPrivilegedContainer'], ['privileged']],
  ['Kyverno', ['disallow-privileged-containers'], ['privileged']],
  ['Polaris', ['runAsPrivileged'], ['privileged']],
  ['a name that two checks share', ['CKV_K8S_23'], ['run-as-non-root', 'run-as-user']],
  ['a section of CIS without quotes', ['CIS', '5.2.9'], ['capabilities']],
  ['a section of CIS with a dash', ['cis-5.2.9'], ['capabilities']],
  ['the number of a section', ['5.2.2'], ['privileged']],
  ['a technique', ['T1046'], ['host-probes']],
  ['a technique with its publisher', ['MITRE:T1046'], ['host-probes']],
  ['a rule of the shipped pack', ['restricted/hostPorts'], ['host-ports']],
  ['a rule of a file', ['shop/few-capabilities', '--policies', 'shop.yaml'], ['capabilities']],
  ['a guardrail, for all its rules', ['shop', '--policies', 'shop.yaml'], ['capabilities', 'seccomp']],
  ['a rule that labels may ask for', ['labels/runAsUser', '--policies', 'labels.yaml'], ['run-as-user']],
  ['a rule of the configuration', ['shop/few-capabilities', '--config', '.shop.yaml'], ['capabilities']],
  ['a rule of a level', ['pod-security/procMount', '--pod-security', 'baseline:v1.20'], ['proc-mount']],
])('%s: %j', async (_name, argv, expected) => {
  expect(await explained(...argv)).toEqual(expected);
});

test('every name elsewhere leads to its checks, and every control to its own', async () => {
  // A name that is also our own is ours.
  const foreign = allForeignNames.filter(({ name }) => !checks.has(name));
  for (const { name, check } of foreign) expect({ name, found: await explained(name) }).toMatchObject({ found: expect.arrayContaining([check]) }); // prettier-ignore
  for (const control of controls) expect({ control, found: await explained(control) }).toMatchObject({ found: [expect.any(String)] });
});

test('a rule is explained with its own params, mode and origin', async () => {
  const { because, explanations } = await answered('shop/few-capabilities', '--policies', 'shop.yaml', '--mode', 'Audit');
  expect(because).toEqual([expect.stringMatching(/^shop\/few-capabilities \(--policies shop\.yaml\).*Audit.*drop: \[NET_RAW\]/)]);
  expect(explanations[0]?.example.says).toContainEqual(expect.stringContaining('[NET_RAW]'));
});

test.each<[string, string[], RegExp]>([
  ['a slip of the pen', ['privilegd'], /"privilegd"; did you mean privileged\?/],
  ['one in a name elsewhere', ['disallow-host-pth'], /did you mean disallow-host-path\?/],
  ['one in a rule', ['restricted/hostPort'], /did you mean restricted\/hostPorts\?/],
  ['nothing near', ['frobnicate'], /"frobnicate"; sallyport explain lists all checks/],
  ['a number that we have no check for: the next number is another check', ['CKV_K8S_22'], /^(?!.*did you mean).*Checkov/],
  ['the same of Trivy', ['KSV014'], /^(?!.*did you mean).*Trivy/],
  ['the same of Kubescape', ['C-0017'], /^(?!.*did you mean).*Kubescape/],
  ['what a terminal would act on', ['\u001b[2J'], /"\\\\u\{1b\}\[2J"/],
  ['a policy that cannot be read', ['seccomp', '--policies', 'broken.yaml'], /^sallyport explain: broken\.yaml:\d+:\d+: .*seccomp/],
  [
    'a configuration that cannot be read',
    ['seccomp', '--config', '.broken.yaml'],
    /^sallyport explain: \.broken\.yaml:\d+:\d+: .*policies/,
  ],
  ['a flag', ['seccomp', '--polices', 'x'], /did you mean --policies\?/],
  ['a format', ['seccomp', '--format', 'jsn'], /did you mean json\?/],
])('exit 2: %s', async (_name, argv, stderr) => {
  expect(await explain(...argv)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(stderr) });
});

// ---- texts

test('the text of a check is what it was', async () => {
  for (const name of ['CKV_K8S_20', 'volume-types']) {
    const { code, stdout } = await explain(name);
    expect(code).toBe(0);
    expectGolden(`explain-${name}`, `sallyport explain ${name}`, stdout);
  }
});

test('without a name there is a line for each check, and a name of many checks gives a line for each of them', async () => {
  const all = (await explain()).stdout;
  expect([...all.matchAll(/^([a-z-]+) +(?:critical|high|medium|low) +(?:baseline|restricted|-)/gm)].map(([, id]) => id)).toEqual(
    [...checks.keys()].toSorted(),
  );
  expect(JSON.parse((await explain('--format', 'json')).stdout)).toMatchObject({ checks: { length: checks.size } });
  const some = (await explain('MITRE')).stdout;
  expect(some).toMatch(/^privileged +critical/m);
  expect(some).not.toMatch(/^sysctls /m);
});

test('no line is wider than 110 columns, whatever is explained', async () => {
  for (const id of checks.keys()) {
    const lines = (await explain(id)).stdout.split('\n');
    expect({ id, wide: lines.filter((line) => line.length > 110) }).toEqual({ id, wide: [] });
  }
});

// ---- the knowledge

test.each([...checks.values()].map((check) => [check.id, check] as const))('%s says all that explain tells', async (id, check) => {
  expect(check.byDefault).toMatch(/^[A-Z].*\.$/);
  expect(check.breaks).toMatch(/^[A-Z].*\.$/);
  expect(Object.values(foreignNames[id] ?? {}).flat().length > 0).toBe(id !== 'misplaced-field');
  const [explanation] = (await answered(id)).explanations;
  expect(explanation?.example.before).not.toBe(explanation?.example.after);
  expect(explanation?.example.says).not.toEqual([]);
  expect(explanation?.example.curedBy === 'a human').toBe(['host-path-volumes', 'misplaced-field', 'volume-types'].includes(id));
});

test('a name elsewhere belongs to one check, unless it is listed as shared; none is our own name of another check', () => {
  const owners = Map.groupBy(allForeignNames, ({ name }) => spelling(name));
  const several = [...owners.values()]
    .filter((names) => new Set(names.map(({ check }) => check)).size > 1)
    .flatMap(([first]) => first?.name ?? []);
  expect(several.toSorted()).toEqual([...sharedNames]);
  expect(Object.keys(foreignNames).toSorted()).toEqual([...checks.keys()].toSorted());
  const astray = allForeignNames.filter(({ name, check }) => checks.has(name) && name !== check && !sharedNames.includes(name));
  expect(astray).toEqual([]);
});

test('the names of a check and of each tool are in order', () => {
  const lists = Object.values(foreignNames).flatMap((names) => Object.values(names));
  expect(lists.filter((list) => list.join() !== list.toSorted().join())).toEqual([]);
});

test('the catalogue shows the default, what may break and every name elsewhere', async () => {
  const catalogue = await readFile(new URL('policies/README.md', root), 'utf8');
  for (const { id, byDefault, breaks } of checks.values()) {
    const section = catalogue.split(`\n### ${id}\n`)[1]?.split('\n### ')[0] ?? '';
    expect(section).toContain(byDefault);
    expect(section).toContain(breaks);
    const names = Object.values(foreignNames[id] ?? {}).flat();
    expect(names.filter((name) => !section.includes(`\`${name}\``))).toEqual([]);
  }
});
