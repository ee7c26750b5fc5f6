import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checks } from '../src/checks/index.ts';
import type { Io } from '../src/commands/io.ts';
import { notForKubectl } from '../src/commands/scan/not-for-kubectl.ts';
import { run as sallyportTest } from '../src/commands/test.ts';
import { messageKey } from '../src/commands/test/message-key.ts';
import { fill } from '../src/engine/fill.ts';

const root = new URL('../', import.meta.url);
let home: string;
let folders = 0;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

type Files = Readonly<Record<string, string>>;

async function folder(files: Files): Promise<string> {
  const made = join(home, String(folders++));
  await mkdir(made);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(made, name)), { recursive: true });
    await writeFile(join(made, name), content);
  }
  return made;
}

async function run(
  cwd: string,
  argv: readonly string[],
  more: Partial<Io> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const heard = { stdout: '', stderr: '' };
  const io: Io = {
    stdout: (text) => void (heard.stdout += text),
    stderr: (text) => void (heard.stderr += text),
    stdin: async () => Buffer.alloc(0),
    cwd,
    env: {},
    now: () => new Date('2026-12-01T00:00:00Z'),
    root,
    version: '1.2.3',
    termination: () => new AbortController().signal,
    ...more,
  };
  return { code: await sallyportTest([...argv], io), ...heard };
}

const guardrail = (spec: string, name = 'g'): string =>
  `apiVersion: sallyport.dev/v1alpha1\nkind: Guardrail\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
const unprivileged = guardrail('{ mode: Enforce, rules: [{ check: privileged }] }');
const head = 'apiVersion: sallyport.dev/v1alpha1\nkind: GuardrailTest\n';
const tested = (...cases: string[]): string => `${head}cases:\n${cases.map((one) => `  - { name: c, ${one} }\n`).join('')}`;

const pod = (securityContext: string, metadata = '{ name: p }'): string =>
  `{ apiVersion: v1, kind: Pod, metadata: ${metadata}, spec: { containers: [{ name: a, image: i, securityContext: ${securityContext} }] } }`;
const bad = pod('{ privileged: true }');
const good = pod('{}');
const deny = 'expect: { verdict: deny }';
const place = 'spec.containers[0].securityContext.privileged';
const exception = (expires: string): string =>
  `apiVersion: sallyport.dev/v1alpha1\nkind: GuardrailException\nmetadata: { name: x, namespace: shop, creationTimestamp: "2026-11-01T00:00:00Z" }\nspec: { guardrail: g, allRules: true, match: { all: true }, reason: r, owner: o, expiresAt: "${expires}" }\n`;

// ---- what a case can say

test.each<[string, Files, string]>([
  ['a fault is refused', {}, `object: ${bad}, expect: { verdict: deny, findings: ['privileged ${place}'], warnings: [] }`],
  ['a finding may name its guardrail', {}, `object: ${bad}, expect: { verdict: deny, findings: ['g/privileged ${place}'] }`],
  ['what is not said of findings does not matter', {}, `object: ${bad}, ${deny}`],
  ['nothing is found', {}, `object: ${good}, expect: { verdict: allow, findings: [], warnings: [] }`],
  ['another kind is skipped', {}, 'object: { apiVersion: v1, kind: Service, metadata: { name: s } }, expect: { verdict: skip }'],
  ['an object in a file', { 'p.yaml': bad }, `file: p.yaml, ${deny}`],
  ['an old fault is tolerated', {}, `object: ${bad}, oldObject: ${bad}, expect: { verdict: warn, findings: ['privileged ${place} (ratcheted)'], warnings: [tolerated] }`],
  ['a new fault is not', {}, `object: ${bad}, oldObject: ${good}, operation: UPDATE, ${deny}`],
  ['a deletion is nobody\'s business', {}, `object: ${bad}, operation: DELETE, expect: { verdict: skip }`],
  ['a warning by a part of it', { 'g.yaml': guardrail('{ mode: Warn, rules: [{ check: privileged }] }') }, `object: ${bad}, expect: { verdict: warn, warnings: [is privileged] }`],
  ['the labels of the namespace', { 'g.yaml': guardrail('{ mode: Enforce, match: { namespaceSelector: { matchLabels: { tier: prod } } }, rules: [{ check: privileged }] }') }, `object: ${bad}, namespaceLabels: { tier: prod }, ${deny}`],
  ['other labels', { 'g.yaml': guardrail('{ mode: Enforce, match: { namespaceSelector: { matchLabels: { tier: prod } } }, rules: [{ check: privileged }] }') }, `object: ${bad}, namespaceLabels: { tier: lab }, expect: { verdict: skip }`],
  ['the name of the namespace', { 'g.yaml': guardrail('{ mode: Enforce, exempt: { namespaces: [ops] }, rules: [{ check: privileged }] }') }, `object: ${bad}, namespace: ops, expect: { verdict: skip }`],
  ['the namespace of the object first', { 'g.yaml': guardrail('{ mode: Enforce, exempt: { namespaces: [ops] }, rules: [{ check: privileged }] }') }, `object: ${pod('{ privileged: true }', '{ name: p, namespace: shop }')}, namespace: ops, ${deny}`],
  ['who asks', { 'g.yaml': guardrail('{ mode: Enforce, exempt: { subjects: [{ kind: Group, name: ops }] }, rules: [{ check: privileged }] }') }, `object: ${bad}, user: { username: ann, groups: [ops] }, expect: { verdict: skip }`],
  ['the time', { 'g.yaml': guardrail('{ mode: Warn, schedule: [{ from: "2027-01-15T00:00:00Z", mode: Enforce }], rules: [{ check: privileged }] }') }, `object: ${bad}, now: "2027-01-15T00:00:00Z", ${deny}`],
  ['an earlier time', { 'g.yaml': guardrail('{ mode: Warn, schedule: [{ from: "2027-01-15T00:00:00Z", mode: Enforce }], rules: [{ check: privileged }] }') }, `object: ${bad}, expect: { verdict: warn }`],
  ['a part of the object', {}, `object: { apiVersion: v1, kind: Pod, spec: { ephemeralContainers: [{ name: e, securityContext: { privileged: true } }] } }, oldObject: ${good}, subresource: ephemeralcontainers, ${deny}`],
  ['a volume that names no source is an emptyDir, as in a cluster', { 'g.yaml': guardrail('{ mode: Enforce, rules: [{ check: volume-types }] }') }, 'object: { apiVersion: v1, kind: Pod, spec: { volumes: [{ name: v }, null] } }, expect: { verdict: allow }'],
])('holds: %s', async (_, files, given) => {
  const cwd = await folder({ 'g.yaml': unprivileged, 'g.test.yaml': tested(given), ...files });
  expect(await run(cwd, [])).toEqual({ code: 0, stdout: '1 passed, 0 failed\n', stderr: '' });
}); // prettier-ignore

test.each<[string, string, string[]]>([
  ['verdict', `object: ${good}, ${deny}`, ['  verdict: - expected, + got', '    - deny', '    + allow']],
  ['a finding too many', `object: ${bad}, expect: { verdict: deny, findings: [] }`, ['  findings: - expected, + got', `    + privileged ${place}`]],
  ['one too few', `object: ${bad}, expect: { verdict: deny, findings: ['privileged ${place}', 'privileged spec'] }`, ['  findings: - expected, + got', `      privileged ${place}`, '    - privileged spec']],
  ['a finding that is tolerated only', `object: ${bad}, oldObject: ${bad}, expect: { verdict: warn, findings: ['privileged ${place}'] }`, ['  findings: - expected, + got', `    - privileged ${place}`, `    + privileged ${place} (ratcheted)`]],
  ['a warning', `object: ${bad}, expect: { verdict: deny, warnings: [mind] }`, ['  warnings: - expected, + got', '    - mind']],
])('fails by %s', async (_, given, lines) => {
  const cwd = await folder({ 'g.yaml': unprivileged, 'g.test.yaml': tested(given) });
  const { code, stdout } = await run(cwd, []);
  expect(code).toBe(1);
  expect(stdout).toBe(['g.test.yaml:4: failed: c', ...lines, '0 passed, 1 failed', ''].join('\n'));
}); // prettier-ignore

// ---- what it is held against

test.each<[string, Files, number, string]>([
  ['the guardrail of the same name', { 'g.yaml': unprivileged, 'h.yaml': 'kind: Broken\napiVersion: sallyport.dev/x\n', 'g.test.yaml': tested(`object: ${bad}, ${deny}`) }, 0, '1 passed'],
  ['else all beside it, and not what stands there otherwise', { 'g.yaml': unprivileged, 'pod.yaml': bad, 'all.test.yaml': tested(`file: pod.yaml, ${deny}`) }, 0, '1 passed'],
  ['what it names, from where it stands', { 'x/g.yaml': unprivileged, 'x/y/a.test.yaml': `policies: [../g.yaml]\n${tested(`object: ${bad}, ${deny}`)}` }, 0, '1 passed'],
  ['a pack', { 'a.test.yaml': `policies: [baseline]\n${tested(`object: ${bad}, ${deny}`)}` }, 0, '1 passed'],
  ['exceptions', { 'g.yaml': guardrail('{ mode: Enforce, exceptions: { namespaces: [shop] }, rules: [{ check: privileged }] }'), 'x/e.yaml': exception('2027-01-01T00:00:00Z'), 'g.test.yaml': `exceptions: [x]\n${tested(`object: ${bad}, namespace: shop, expect: { verdict: allow, findings: ['privileged ${place} (excepted)'] }`)}` }, 0, '1 passed'],
  ['exceptions that have run out by then', { 'g.yaml': guardrail('{ mode: Enforce, exceptions: { namespaces: [shop] }, rules: [{ check: privileged }] }'), 'x/e.yaml': exception('2027-01-01T00:00:00Z'), 'g.test.yaml': `exceptions: [x]\nnow: "2027-01-01T00:00:00Z"\n${tested(`object: ${bad}, namespace: shop, ${deny}`)}` }, 0, '1 passed'],
  ['no guardrail', { 'a.test.yaml': tested(`object: ${bad}, ${deny}`) }, 2, 'a.test.yaml:1:1: error: there is no guardrail beside this file'],
  ['a guardrail that is missing', { 'a.test.yaml': `policies: [b.yaml]\n${tested(`object: ${bad}, ${deny}`)}` }, 2, 'a.test.yaml:1:1: error: policies b.yaml: no such file'],
  ['exceptions that are missing', { 'g.yaml': unprivileged, 'g.test.yaml': `exceptions: [b.yaml]\n${tested(`object: ${bad}, ${deny}`)}` }, 2, 'g.test.yaml:1:1: error: exceptions b.yaml: no such file'],
  ['a guardrail that is broken, at its place', { 'x/g.yaml': guardrail('{ mode: Enforce, rules: [{ check: priviledged }] }'), 'x/g.test.yaml': tested(`object: ${bad}, ${deny}`) }, 2, 'x/g.yaml:4:34: error: spec.rules[0].check: unknown check'],
])('holds a case against %s', async (_, files, code, line) => {
  const ended = await run(await folder(files), []);
  expect(ended).toMatchObject({ code, stdout: expect.stringContaining(line) });
}); // prettier-ignore

// ---- what is broken

test.each<[string, string, string]>([
  ['a misspelt field', `${head}cases: [{ name: c, objekt: {}, expect: { verdict: deny } }]`, '3:20: error: cases[0].objekt: unknown field "objekt"; did you mean "object"?'],
  ['a misspelt verdict', tested(`object: ${bad}, expect: { verdict: denied }`), 'error: cases[0].expect.verdict: one of allow, warn, deny, skip is expected'],
  ['a misspelt kind', 'apiVersion: sallyport.dev/v1alpha1\nkind: GuardrailTests\n', '2:1: error: kind: "GuardrailTests" is no kind of test; GuardrailTest is expected; did you mean'],
  ['another version', 'apiVersion: sallyport.dev/v2\nkind: GuardrailTest\n', '1:1: error: apiVersion: "sallyport.dev/v2" is not known'],
  ['no case', `${head}cases: []\n`, '3:1: error: cases: at least one item is expected'],
  ['neither object nor file', tested(deny), '4:5: error: cases[0]: a case names either an object or a file'],
  ['both', tested(`object: ${bad}, file: x, ${deny}`), 'error: cases[0]: a case names either an object or a file'],
  ['an update of nothing', tested(`object: ${bad}, operation: UPDATE, ${deny}`), 'error: cases[0]: an UPDATE needs the oldObject'],
  ['a creation of what was there', tested(`object: ${bad}, operation: CREATE, oldObject: ${bad}, ${deny}`), 'error: cases[0].oldObject: a CREATE has no oldObject'],
  ['a time that is none', tested(`object: ${bad}, now: "2027-02-30T00:00:00Z", ${deny}`), 'error: cases[0].now: "2027-02-30T00:00:00Z" is no time on the calendar'],
  ['two cases of one name', tested(`object: ${bad}, ${deny}`, `object: ${good}, ${deny}`), '5:7: error: cases[1].name: another case has the name "c"'],
  ['a file that is missing', tested(`file: nope.yaml, ${deny}`), '4:5: error: c: the file nope.yaml cannot be read (ENOENT)'],
  ['a file of several objects', tested(`file: two.yaml, ${deny}`), '4:5: error: c: the file two.yaml holds more than one object'],
  ['a file that cannot be read, at its place', tested(`file: torn.yaml, ${deny}`), 'torn.yaml:'],
  ['no object', tested(`object: { a: 1 }, ${deny}`), '4:5: error: c: an object has an apiVersion and a kind'],
  ['a version that no cluster serves', tested(`object: { apiVersion: apps/v1beta1, kind: Deployment }, ${deny}`), 'write apiVersion: apps/v1'],
  ['labels of a namespace that nobody told', `policies: [labels.yaml]\n${tested(`object: ${bad}, ${deny}`)}`, 'error: c: a guardrail asks for the labels of the namespace "default"; say them in namespaceLabels'],
  ['YAML that is none', `${head}cases: [`, ': error: '],
])('is broken: %s', async (_, text, message) => {
  const labels = guardrail('{ mode: Enforce, match: { namespaceSelector: { matchLabels: { tier: prod } } }, rules: [{ check: privileged }] }', 'labels');
  const cwd = await folder({ 'g.yaml': unprivileged, 'g.test.yaml': text, 'two.yaml': `${bad}\n---\n${bad}\n`, 'torn.yaml': '{ a: ', 'labels.yaml': labels });
  const { code, stdout } = await run(cwd, []);
  expect(code).toBe(2);
  expect(stdout).toContain(message);
}); // prettier-ignore

// ---- what is run

const two = { 'g.yaml': unprivileged, 'a/g.yaml': unprivileged, 'a/g.test.yaml': tested(`object: ${bad}, ${deny}`), 'g.test.yaml': `${head}cases:\n  - { name: root is refused, object: ${bad}, ${deny} }\n  - { name: nobody is let in, object: ${good}, expect: { verdict: allow } }\n`, 'node_modules/m/m.test.yaml': 'nonsense: [', 'chart/x.test.yaml': 'suite: of another program\n', 'empty.yaml': '# nothing\n' }; // prettier-ignore

test.each<[string, string[], number, string[]]>([
  ['all below the working folder', ['-v'], 0, ['a/g.test.yaml:4: passed: c', 'g.test.yaml:4: passed: root is refused', 'g.test.yaml:5: passed: nobody is let in', '3 passed, 0 failed']],
  ['a folder', ['a'], 0, ['1 passed, 0 failed']],
  ['a file, once', ['g.test.yaml', './g.test.yaml', '.'], 0, ['3 passed, 0 failed']],
  ['cases by a part of their name', ['--only', 'root', '--only', 'no*in'], 0, ['2 passed, 0 failed']],
  ['cases by their file', ['--only', 'a/g'], 0, ['1 passed, 0 failed']],
  ['no case', ['--only', 'nothing'], 2, ['.:1:1: error: no case has a name that --only names', '0 passed, 0 failed, 1 error']],
  ['a file that holds nothing, beside others', ['.', 'empty.yaml'], 2, ['empty.yaml:1:1: error: the file holds no GuardrailTest', '3 passed, 0 failed, 1 error']],
  ['no file', ['b'], 2, ['b:1:1: error: no such file or folder', '0 passed, 0 failed, 1 error']],
  ['a file of another program that is named', ['chart/x.test.yaml'], 2, ['chart/x.test.yaml:1:1: error: kind: null is no kind of test; GuardrailTest is expected', '0 passed, 0 failed, 1 error']],
  ['a folder without tests', ['chart'], 2, ['chart:1:1: error: no test was found here: no *.test.yaml that holds a GuardrailTest', '0 passed, 0 failed, 1 error']],
])('runs %s', async (_, argv, code, lines) => {
  expect(await run(await folder(two), argv)).toEqual({ code, stdout: `${lines.join('\n')}\n`, stderr: '' });
}); // prettier-ignore

test.each<[string[], RegExp]>([
  [['--updat'], /unknown flag --updat; did you mean --update\?/],
  [['--format', 'junti'], /one of text, junit is expected; did you mean junit\?/],
  [['--format', 'junit='], /a file is expected after =/],
])('refuses %j', async (argv, message) => {
  const { code, stdout, stderr } = await run(await folder(two), argv);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
});

test('JUnit to a file and text to the terminal, with the names of a hostile file made harmless', async () => {
  const name = '"<![CDATA[\\u001b[2J]]>"';
  const cwd = await folder({ 'g.yaml': unprivileged, 'g.test.yaml': `${head}cases:\n  - { name: ${name}, object: ${good}, ${deny} }\n  - { name: ok, object: ${good}, expect: { verdict: allow } }\n`, 'h.test.yaml': 'apiVersion: sallyport.dev/v1\n' }); // prettier-ignore
  const { code, stdout } = await run(cwd, ['--format', 'text', '--format', 'junit=out.xml']);
  expect(code).toBe(2);
  expect(stdout).toContain('g.test.yaml:4: failed: <![CDATA[\\u{1b}[2J]]>');
  const xml = await readFile(join(cwd, 'out.xml'), 'utf8');
  expect(xml).toContain('<testsuites name="sallyport test" tests="3" failures="1" errors="1">');
  expect(xml).toContain('<testcase classname="g.test.yaml" name="&lt;![CDATA[\\u{1b}[2J]]&gt;" file="g.test.yaml" line="4">');
  expect(xml).toContain('<testcase classname="g.test.yaml" name="ok" file="g.test.yaml" line="5"/>');
  expect(xml).toContain('<error type="broken" message="kind: null');
});

test('a scan passes over tests, which no cluster is sent', () => {
  expect(notForKubectl({ apiVersion: 'sallyport.dev/v1alpha1', kind: 'GuardrailTest' })).toMatch(/sallyport test/);
  expect(notForKubectl({ apiVersion: 'sallyport.dev/v1alpha1', kind: 'Guardrail' })).toBeNull();
});

// ---- update

test('--update writes what came, keeps what held and all comments, and is done then', async () => {
  const before = `# why
${head}cases:
  - name: wrong   # a comment
    object: ${bad}
    expect:
      verdict: allow   # so it was
      findings:
        - g/privileged ${place}   # kept
        - privileged spec.gone
  - name: right
    object: ${good}
    expect: { verdict: allow }
  - name: new
    object: ${bad}
`;
  const cwd = await folder({ 'g.yaml': unprivileged, 'g.test.yaml': before });
  expect(await run(cwd, [])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('the case has no expect; --update writes what came'),
  });
  expect(await run(cwd, ['--update'])).toEqual({ code: 0, stdout: '1 passed, 0 failed, 2 updated\n', stderr: '' });
  const after = await readFile(join(cwd, 'g.test.yaml'), 'utf8');
  expect(after).toContain('  - name: wrong   # a comment\n');
  expect(after).toContain('verdict: deny   # so it was');
  expect(after).toContain(`g/privileged ${place}`);
  expect(after).not.toContain('spec.gone');
  expect(after).toContain('    expect: { verdict: allow }\n  - name: new\n');
  expect(await run(cwd, ['--update'])).toEqual({ code: 0, stdout: '3 passed, 0 failed\n', stderr: '' });
  expect(await readFile(join(cwd, 'g.test.yaml'), 'utf8')).toBe(after);
});

// ---- coverage

test('--coverage names the rules and the messages that no case reaches', async () => {
  const spec =
    '{ mode: Warn, rules: [{ check: privileged }, { name: caps, check: capabilities }, { podSecurity: { fromNamespaceLabels: true, except: [sysctls] } }] }';
  const labelled = `namespaceLabels: { pod-security.kubernetes.io/warn: baseline }, object: ${bad}, expect: { verdict: warn }`;
  const cwd = await folder({ 'g.yaml': guardrail(spec), 'g.test.yaml': tested(labelled) }); // prettier-ignore
  const { code, stdout } = await run(cwd, ['--coverage']);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^coverage: 2 of \d+ rules, \d+ of \d+ messages\n/) });
  expect(stdout).toContain('  no case reaches g/caps: added of capabilities\n');
  expect(stdout).toContain('  no case reaches g/runAsNonRoot\n');
  expect(stdout).not.toMatch(/g\/(privileged|sysctls|caps: notDropped)/);
});

test('a message is known by what was made of it', () => {
  const data = { who: 'container "x"', name: '; remove it', type: 'a', value: 'b', allowed: '{who}', port: '1', drop: '[]', now: 'n', host: '', profile: 'p', types: 't', capability: 'c' }; // prettier-ignore
  for (const check of checks.values()) {
    for (const [key, message] of Object.entries(check.messages)) {
      expect({ check: check.id, key: messageKey(check, fill(message, data)) }).toEqual({ check: check.id, key });
    }
    expect(messageKey(check, 'something else')).toBeNull();
  }
});

// ---- what is shipped

test('the packs keep what their tests say, and the tests reach all that can come up', async () => {
  const { code, stdout } = await run(fileURLToPath(root), ['policies', '--coverage']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/\n\d+ passed, 0 failed\n$/) });
  expect(stdout.match(/no case reaches .*/g)).toEqual([
    // Baseline asks nobody to drop capabilities or to name a seccomp profile.
    'no case reaches baseline/capabilities_baseline: notDropped of capabilities',
    'no case reaches baseline/seccompProfile_baseline: unset of seccomp',
  ]);
});
