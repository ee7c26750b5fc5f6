import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { AdmissionRequest } from '../src/api/admission-review.ts';
import type { GuardrailDocument, RuleDocument } from '../src/api/guardrail.ts';
import type { Finding, Mode, Verdict } from '../src/engine/finding.ts';
import { fromManifest } from '../src/engine/from-manifest.ts';
import { fromReview } from '../src/engine/from-review.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';
import { isSignificantUpdate } from '../src/kube/pod-update.ts';
import { printable } from '../src/kube/printable.ts';
import { staleVersion } from '../src/kube/workload.ts';
import { matchesGlob } from '../src/policy/glob.ts';
import type { GuardrailSet } from '../src/policy/guardrail-set.ts';
import { guardrailSet } from '../src/policy/guardrail-set.ts';
import { judge } from '../src/policy/judge.ts';
import { loadGuardrails } from '../src/policy/load.ts';
import { capped, modes } from '../src/policy/mode.ts';
import { auditAnnotations, causes, refusalMessage, warnings } from '../src/policy/refusal.ts';
import { readDocuments } from '../src/yaml/read.ts';

// ---- loading

const head = 'apiVersion: sallyport.dev/v1alpha1\nkind: Guardrail\nmetadata: { name: g }\nspec:\n';
const ruled = (rule: string): string => `${head}  mode: Enforce\n  rules:\n    - ${rule}`;
const load = (...texts: string[]) =>
  loadGuardrails(
    texts.map((text, index) => ({ file: `${index}.yaml`, text, origin: `--policies ${index}` })),
    { now: 0, maxLifetime: 0 },
  );
const errorsOf = (...texts: string[]): string[] => load(...texts).errors.map((e) => `${e.file}:${e.line}:${e.column} ${e.message}`);

const listed = (name: string, check: string) =>
  `- apiVersion: sallyport.dev/v1alpha1\n  kind: Guardrail\n  metadata: { name: ${name} }\n  spec: { mode: Warn, rules: [{ check: ${check} }] }\n`;
const shipped = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

test.each<[string, string, string, RegExp]>([
  [
    'a misspelt field',
    `${head}  mode: Enforce\n  exmept: {}\n  rules: [{ check: privileged }]`,
    '6:3',
    /^spec\.exmept: unknown field.*"exempt"\?$/,
  ],
  ['a misspelt field of a rule', ruled('check: privileged\n      wiht: {}'), '8:7', /^spec\.rules\[0\]\.wiht: .*"with"\?$/],
  ['a field at the top', `rules: []\n${head}  mode: Warn\n  rules: [{ check: privileged }]`, '1:1', /^rules: unknown field/],
  ['no mode', `${head}  rules: [{ check: privileged }]`, '4:1', /^spec: .*"mode".*Enforce, Warn, Audit, Off$/],
  ['a misspelt mode', `${head}  mode: Enforced\n  rules: [{ check: privileged }]`, '5:3', /^spec\.mode: .*"Enforce"\?$/],
  ['a bare Off, which YAML reads as false', `${head}  mode: Off\n  rules: [{ check: privileged }]`, '5:3', /^spec\.mode: .*write "Off"$/],
  ['a mode in another case', ruled('check: privileged\n      mode: warn'), '8:7', /^spec\.rules\[0\]\.mode: .*"Warn"\?$/],
  ['no rules', `${head}  mode: Warn\n  rules: []`, '6:3', /^spec\.rules: at least one/],
  ['a check nobody knows', ruled('check: privilegd'), '7:7', /^spec\.rules\[0\]\.check: .*"privilegd"; did you mean "privileged"\?$/],
  ['a check that is near nothing', ruled('check: frobnicate'), '7:7', /^spec\.rules\[0\]\.check: unknown check "frobnicate"$/],
  ['a check of JavaScript’s', ruled('check: constructor'), '7:7', /unknown check "constructor"$/],
  ['a rule of nothing', ruled('name: x'), '7:7', /^spec\.rules\[0\]: .*one of check, podSecurity and cel$/],
  [
    'a rule of both',
    ruled('check: privileged\n      podSecurity: { level: baseline }'),
    '7:7',
    /^spec\.rules\[0\]: .*one of check, podSecurity and cel$/,
  ],
  ['a param nobody knows', ruled('check: capabilities\n      with: { dorp: [ALL] }'), '8:15', /^spec\.rules\[0\]\.with\.dorp: .*"drop"\?$/],
  [
    'a param of another type',
    ruled('check: capabilities\n      with: { drop: ALL }'),
    '8:15',
    /^spec\.rules\[0\]\.with\.drop: a list is expected/,
  ],
  [
    'an item of another type',
    ruled('check: host-ports\n      with: { allowed: [80, "443"] }'),
    '8:29',
    /^spec\.rules\[0\]\.with\.allowed\[1\]: a whole number/,
  ],
  ['params where there are none', ruled('podSecurity: { level: baseline }\n      with: {}'), '8:7', /^spec\.rules\[0\]\.with: /],
  ['a level nobody knows', ruled('podSecurity: { level: restrictd }'), '7:22', /^spec\.rules\[0\]\.podSecurity\.level: .*"restricted"\?$/],
  [
    'a version with a leading zero',
    ruled('podSecurity: { level: baseline, version: v1.01 }'),
    '7:39',
    /^spec\.rules\[0\]\.podSecurity\.version: .*latest, or v1\.N/,
  ],
  [
    'a version that is a number',
    ruled('podSecurity: { level: baseline, version: 1.25 }'),
    '7:39',
    /^spec\.rules\[0\]\.podSecurity\.version: a string/,
  ],
  [
    'an exception nobody knows',
    ruled('podSecurity: { level: baseline, except: [privileged, sysctl] }'),
    '7:60',
    /^spec\.rules\[0\]\.podSecurity\.except\[1\]: .*"sysctls"\?$/,
  ],
  ['another kind', 'apiVersion: v1\nkind: ConfigMap', '2:1', /^kind: "ConfigMap".*Guardrail/],
  ['no kind', 'metadata: { name: g }', '1:1', /^kind: null.*Guardrail/],
  ['another version', ruled('check: privileged').replace('v1alpha1', 'v1'), '1:1', /^apiVersion: "sallyport\.dev\/v1" is not known/],
  ['a name no object can have', ruled('check: privileged').replace('name: g', 'name: G_1'), '3:13', /^metadata\.name: .*DNS subdomain/],
  ['no name', ruled('check: privileged').replace('name: g', 'labels: {}'), '3:1', /^metadata: the field "name" is required/],
  ['a list', '- 1', '1:1', /^a Guardrail is expected$/],
  ['a scalar', 'hello', '1:1', /^a Guardrail is expected$/],
  ['no YAML', 'kind: {', '1:8', /./],
])('%s is refused where it stands', (_name, text, place, message) => {
  const { loaded, errors } = load(text);
  expect(errors.map((error) => `${error.line}:${error.column}`)).toEqual([place]);
  expect(errors[0]?.message).toMatch(message);
  expect(loaded).toEqual([]);
});

test.each([
  [1, 1],
  [8, 8],
  [150, 150],
  [1000, 200],
])('a guardrail with %i unknown fields in one place does not load, and %i of them are named', (count, named) => {
  const fields = Array.from({ length: count }, (_, index) => `x${index}: 1`).join(', ');
  const { loaded, errors } = load(`${ruled('check: privileged').trimEnd()}\n  exempt: { ${fields} }\n`);
  expect(loaded).toEqual([]);
  expect(errors[0]?.message).toMatch(/unknown field "x0"/);
  expect(errors).toHaveLength(named);
});

test('every fault of every file is named, and what is good is loaded', () => {
  const good = ruled('check: privileged');
  const twice = `${head.replace('name: g', 'name: h')}  mode: Loud\n  color: red\n  rules: [{ check: privileged, with: [] }]`;
  const { loaded, errors } = load(`${twice}\n---\n${good}`, 'kind: {');
  expect(loaded.map(({ document, origin }) => [document.metadata.name, origin])).toEqual([['g', '--policies 0']]);
  expect(errors.map(({ file, line }) => `${file}:${line}`).toSorted()).toEqual(['0.yaml:5', '0.yaml:6', '0.yaml:7', '1.yaml:1']);
});

test('a name that is taken is refused, with the file that has it', () => {
  expect(errorsOf(ruled('check: privileged'), ruled('check: sysctls'))).toEqual([
    expect.stringMatching(/^1\.yaml:3:13 metadata\.name: the name "g" is taken by the guardrail in 0\.yaml$/),
  ]);
});

test('guardrails in a List are placed inside it', () => {
  const { loaded, errors } = load(`apiVersion: v1\nkind: List\nitems:\n${listed('a', 'privileged')}${listed('b', 'privilegd')}`);
  expect(loaded.map(({ document }) => document.metadata.name)).toEqual(['a']);
  expect(errors.map(({ line, column }) => [line, column])).toEqual([[11, 33]]);
});

test('shipped packs and the example of the catalogue load', () => {
  const example = /```yaml\n(apiVersion[^]*?)```/.exec(shipped('policies/README.md'))?.[1] ?? '';
  const { loaded, errors } = load(shipped('policies/baseline.yaml'), shipped('policies/restricted.yaml'), example);
  expect(errors).toEqual([]);
  expect(loaded.map(({ document }) => document.metadata.name)).toEqual(['baseline', 'restricted', 'shop']);
});

// ---- modes

test.each<[Mode, Mode | undefined, Mode, Mode]>([
  ['Enforce', undefined, 'Enforce', 'Enforce'],
  ['Enforce', undefined, 'Warn', 'Warn'],
  ['Enforce', undefined, 'Audit', 'Audit'],
  ['Enforce', undefined, 'Off', 'Off'],
  ['Warn', undefined, 'Enforce', 'Warn'],
  ['Audit', undefined, 'Warn', 'Audit'],
  ['Warn', 'Enforce', 'Enforce', 'Enforce'],
  ['Warn', 'Enforce', 'Warn', 'Warn'],
  ['Enforce', 'Audit', 'Enforce', 'Audit'],
  ['Enforce', 'Off', 'Enforce', 'Off'],
  ['Off', undefined, 'Enforce', 'Off'],
  ['Off', 'Enforce', 'Enforce', 'Off'],
])('mode %s, rule %s, ceiling %s: %s', (mode, ofRule, ceiling, inForce) => {
  const [guardrail] = setOf({ mode, rules: [{ check: 'privileged', ...(ofRule && { mode: ofRule }) }] }, ceiling).guardrails;
  expect(guardrail?.mode).toBe(inForce);
  expect(guardrail?.rules.map((rule) => rule.mode)).toEqual(inForce === 'Off' ? [] : [inForce]);
});

test.each<['Fail' | 'Ignore' | undefined, Mode, Mode]>([
  [undefined, 'Enforce', 'Enforce'],
  ['Fail', 'Enforce', 'Enforce'],
  ['Fail', 'Warn', 'Warn'],
  ['Ignore', 'Enforce', 'Warn'],
  ['Ignore', 'Warn', 'Warn'],
  ['Ignore', 'Audit', 'Audit'],
])('failureMode %s in mode %s makes a failed rule a finding in %s', (failureMode, mode, finding) => {
  const spec = { mode, rules: [{ check: 'privileged' }], ...(failureMode && { failureMode }) };
  expect(setOf(spec).guardrails.map((guardrail) => guardrail.rules.map((rule) => rule.failureMode))).toEqual([[finding]]);
});

test('a ceiling never makes a mode stricter', () => {
  for (const mode of modes) for (const ceiling of modes) expect(modes.indexOf(capped(mode, ceiling))).toBe(Math.min(modes.indexOf(mode), modes.indexOf(ceiling))); // prettier-ignore
});

test.each<[Mode, Verdict['verdict'], string[]]>([
  ['Enforce', 'deny', ['Enforce']],
  ['Warn', 'warn', ['Warn']],
  ['Audit', 'allow', ['Audit']],
  ['Off', 'skip', []],
])('in mode %s a bad pod is answered %s', (mode, verdict, found) => {
  const judged = judge(setOf({ mode, rules: [{ check: 'privileged' }] }), pod(privileged));
  expect([judged.verdict, judged.findings.map((finding) => finding.mode)]).toEqual([verdict, found]);
});

test('the strictest finding comes first, then the most severe, and decides', () => {
  const rules: RuleDocument[] = [{ check: 'sysctls', mode: 'Audit' }, { check: 'privileged', mode: 'Warn' }, { check: 'seccomp' }, { check: 'host-namespaces' }]; // prettier-ignore
  const bad = pod({ hostPID: true, securityContext: { sysctls: [{ name: 'x' }] }, containers: [{ name: 'a', securityContext: { privileged: true } }] }); // prettier-ignore
  const judged = judge(setOf({ mode: 'Enforce', rules }), bad);
  expect(judged.verdict).toBe('deny');
  expect(judged.findings.map(({ mode, check }) => `${mode} ${check}`)).toEqual(['Enforce host-namespaces', 'Enforce seccomp', 'Warn privileged', 'Audit sysctls']); // prettier-ignore
});

test('params are those of the rule over the defaults, and rules are named', () => {
  const rules: RuleDocument[] = [{ check: 'capabilities', with: { add: ['CHOWN'] } }, { name: 'mine', check: 'sysctls' }, { podSecurity: { level: 'restricted', except: ['runAsNonRoot'] } }]; // prettier-ignore
  const [guardrail] = setOf({ mode: 'Warn', rules }).guardrails;
  expect(guardrail?.rules[0]?.params).toEqual({ drop: ['ALL'], add: ['CHOWN'], exemptWindows: true });
  expect(guardrail?.rules.map(({ name }) => name)).toEqual(expect.arrayContaining(['capabilities', 'mine', 'runAsUser', 'privileged']));
  expect(guardrail?.rules.map(({ control }) => control)).not.toContain('runAsNonRoot');
});

test.each<[Mode[], Verdict['verdict']]>([
  [['Audit', 'Warn', 'Enforce'], 'deny'],
  [['Audit', 'Warn'], 'warn'],
  [['Audit'], 'allow'],
])('what cannot be read is answered in the strictest of modes %j: %s', (all, verdict) => {
  const rules = all.map((mode) => ({ check: 'privileged', mode }));
  expect(judge(setOf({ mode: 'Audit', rules }), pod({ containers: 'none' })).verdict).toBe(verdict);
});

// ---- exemptions

test.each<[string, string, boolean]>([
  ['kube-system', 'kube-system', true],
  ['kube-system', 'kube-system-2', false],
  ['kube-*', 'kube-system', true],
  ['kube-*', 'kube-', true],
  ['kube-*', 'kube', false],
  ['*-system', 'kube-system', true],
  ['*-system', 'kube-systems', false],
  ['*', 'anything', true],
  ['*', '', true],
  ['', '', true],
  ['', 'x', false],
  ['a*b*c', 'abc', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'acb', false],
  ['ab*ba', 'aba', false],
  ['ab*ba', 'abba', true],
  ['*a*', 'bab', true],
  ['*a*', 'bbb', false],
  ['**', 'x', true],
  ['a.c', 'abc', false],
  ['[a-z]*', 'abc', false],
  ['Kube-*', 'kube-system', false],
])('the pattern %j takes %j: %j', (pattern, name, taken) => {
  expect(matchesGlob(pattern, name)).toBe(taken);
  const exempt = setOf({ mode: 'Enforce', rules: [{ check: 'privileged' }], exempt: { namespaces: [pattern] } });
  expect(judge(exempt, { ...pod(privileged), namespace: name }).verdict).toBe(taken ? 'skip' : 'deny');
});

test('a pattern of many stars is matched at once', () => {
  expect(matchesGlob('*a'.repeat(2000), 'a'.repeat(1999))).toBe(false);
  expect(matchesGlob('*a'.repeat(2000), 'a'.repeat(2000))).toBe(true);
});

// ---- digest

const digest = (texts: string[], ceiling: Mode = 'Enforce'): string => guardrailSet(load(...texts).loaded, ceiling).digest;

test('the digest hangs on what is judged, not on how it is written', () => {
  const one =
    'apiVersion: sallyport.dev/v1alpha1\nkind: Guardrail\nmetadata: { name: a }\nspec: { mode: Warn, rules: [{ check: capabilities, with: { add: [], drop: [ALL] } }] }';
  const turned =
    'spec:\n  rules:\n    - with: { drop: [ALL], add: [] } # why\n      check: capabilities\n  mode: Warn\nmetadata:\n  name: a\nkind: Guardrail\napiVersion: sallyport.dev/v1alpha1';
  const two = ruled('check: privileged');
  expect(digest([one, two])).toMatch(/^sha256:[0-9a-f]{64}$/);
  const same = [[two, one], [turned, two], [`${one}\n---\n${two}`], [JSON.stringify(documentOf(one)), two]];
  expect(same.map((texts) => digest(texts))).toEqual(same.map(() => digest([one, two])));
  const others = [digest([one]), digest([two]), digest([]), digest([one, two], 'Warn'), digest([one.replace('[ALL]', '[all]'), two]), digest([one.replace('name: a', 'name: b'), two])]; // prettier-ignore
  expect(new Set([...others, digest([one, two])]).size).toBe(others.length + 1);
});

// ---- texts

const restricted = setOf({ mode: 'Enforce', rules: [{ podSecurity: { level: 'restricted' } }] }, 'Enforce', 'restricted');
const origins = new Map([['restricted', '--policies restricted']]);
const privileged = { containers: [{ name: 'app', securityContext: { privileged: true } }] };
const badPod = {
  hostNetwork: true,
  volumes: [{ name: 'root', hostPath: { path: '/' } }],
  initContainers: [{ name: 'setup', securityContext: { runAsUser: 0, allowPrivilegeEscalation: true, runAsNonRoot: false } }],
  containers: [{ name: 'app', securityContext: { privileged: true, capabilities: { add: ['SYS_ADMIN'] } }, ports: [{ hostPort: 80 }] }],
};

test('the refusal of a bad pod reads well', () => {
  const text = refusalMessage(judge(restricted, pod(badPod)), origins);
  expect(`${text}\n`).toBe(golden('refusal.txt', text));
});

test('the warnings of a bad pod read well', () => {
  const warn = setOf({ mode: 'Warn', rules: [{ podSecurity: { level: 'restricted' } }] }, 'Enforce', 'restricted');
  const text = warnings(judge(warn, pod(badPod))).join('\n');
  expect(`${text}\n`).toBe(golden('warnings.txt', text));
});

test('the first line stands alone: the worst fault, how many, the guardrail', () => {
  const [first, ...rest] = refusalMessage(judge(restricted, pod(badPod)), origins).split('\n');
  expect(first).toBe('the pod shares the network of the node; remove hostNetwork (1 of 14 faults, guardrail restricted)');
  expect(rest).toHaveLength(15);
  const only = judge(setOf({ mode: 'Enforce', rules: [{ check: 'privileged' }] }), pod(privileged));
  expect(refusalMessage(only, new Map()).split('\n')[0]).toMatch(/ \(guardrail g\)$/);
});

test('several guardrails are all named, with the flags that load them', () => {
  const set = guardrailSet([loadedOf({ mode: 'Enforce', rules: [{ check: 'privileged' }] }, 'a'), loadedOf({ mode: 'Enforce', rules: [{ check: 'seccomp' }] }, 'b')], 'Enforce'); // prettier-ignore
  const lines = refusalMessage(judge(set, pod(privileged)), new Map([['a', '--policies x'], ['b', '--policies x']])).split('\n'); // prettier-ignore
  expect(lines[0]).toMatch(/\(1 of 2 faults, guardrails a, b\)$/);
  expect(lines.at(-1)).toMatch(/ sallyport scan --policies x FILE$/);
});

test('a fault of the whole object is told in words', () => {
  const cel = { expression: "request.userInfo.username != 'ann'", message: 'not ann' };
  const verdict = judge(setOf({ mode: 'Enforce', rules: [{ name: 'r', cel }] }), { ...pod({}), user: { username: 'ann', groups: [] } });
  expect(refusalMessage(verdict, new Map()).split('\n').slice(0, 2)).toEqual(['not ann (guardrail g)', '  - the object (g/r)']);
});

test('findings that only warn or audit are no part of a refusal', () => {
  const rules: RuleDocument[] = [{ check: 'privileged' }, { check: 'seccomp', mode: 'Warn' }, { check: 'capabilities', mode: 'Audit' }];
  const verdict = judge(setOf({ mode: 'Enforce', rules }), pod(privileged));
  expect(causes(verdict).map(({ field }) => field)).toEqual(['spec.containers[0].securityContext.privileged']);
  expect(refusalMessage(verdict, new Map()).split('\n')).toHaveLength(3);
  expect(warnings(verdict)).toHaveLength(1);
  expect(auditAnnotations(verdict, 'sha256:x')).toEqual({
    digest: 'sha256:x',
    verdict: 'deny',
    mode: 'Enforce',
    because: 'g: mode Enforce of the guardrail,g: mode Warn of the rule,g: mode Audit of the rule',
    violations: 'g/privileged,g/seccomp,g/capabilities',
  });
  expect(refusalMessage(judge(restricted, pod({})), origins)).toBe('');
});

const hostile = [
  'a\nb', '\r\nHTTP/1.1 200', '\u001b[31mred\u001b[0m', '\u0000', '\u007f', '\u0085', '\u2028\u2029', '\u202eevil\u2066', '\u200b\ufeff', '\ud800', '\udc00\ud83e', '\u00ad\u180e', 'a\u{e0041}\u{e007f}', '::error::x', '🦀'.repeat(3000), 'n'.repeat(10_000),
]; // prettier-ignore

test.each(hostile.map((name): [string, string] => [printable(name.slice(0, 12)), name]))('the name %s stays harmless', (_shown, name) => {
  const bad = { metadata: { annotations: { [`container.apparmor.security.beta.kubernetes.io/${name}`]: name } }, spec: { ...badPod, containers: [{ name, securityContext: { privileged: true, capabilities: { add: [name] } } }] } }; // prettier-ignore
  const long = 'r'.repeat(300);
  for (const mode of ['Enforce', 'Warn'] as const) {
    const rules: RuleDocument[] = [{ podSecurity: { level: 'restricted' } }, { name: `${name}${long}`, check: 'app-armor' }];
    const verdict = judge(setOf({ mode, rules }), fromManifest({ apiVersion: 'v1', kind: 'Pod', ...bad }, 'shop'));
    const message = refusalMessage(verdict, new Map());
    expect(message === '' ? 0 : message.split('\n').length).toBe(mode === 'Enforce' ? verdict.findings.length + 2 : 0);
    const texts = [...message.split('\n'), ...warnings(verdict), ...Object.values(auditAnnotations(verdict, '')), ...causes(verdict).flatMap(Object.values)].map(String); // prettier-ignore
    for (const text of texts) {
      expect(text).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u);
      expect(text.isWellFormed()).toBe(true);
      expect(text.length).toBeLessThanOrEqual(1200);
    }
    for (const warning of warnings(verdict)) expect(warning.length).toBeLessThanOrEqual(256);
  }
});

test('a warning that is cut keeps its place and its rule', () => {
  const long = { containers: [{ name: 'n'.repeat(10_000), securityContext: { privileged: true } }] };
  const [warning] = warnings(judge(setOf({ mode: 'Warn', rules: [{ check: 'privileged' }] }), pod(long)));
  expect(warning).toMatch(/^spec\.containers\[0\]\.securityContext\.privileged: container "n+… \(g\/privileged\)$/);
  expect(warning).toHaveLength(256);
});

test('1,000 faults are capped and the rest is counted', () => {
  const many = pod({
    containers: Array.from({ length: 1000 }, (_, index) => ({ name: `c${index}`, securityContext: { privileged: true } })),
  });
  const denied = judge(setOf({ mode: 'Enforce', rules: [{ check: 'privileged' }] }), many);
  const lines = refusalMessage(denied, new Map()).split('\n');
  expect(denied.findings).toHaveLength(1000);
  expect(lines).toHaveLength(103);
  expect(lines[0]).toContain('1 of 1000 faults');
  expect(lines[101]).toBe('  - and 900 more');
  expect(causes(denied)).toHaveLength(100);
  const warned = warnings(judge(setOf({ mode: 'Warn', rules: [{ check: 'privileged' }] }), many));
  expect(warned).toHaveLength(12);
  expect(warned[11]).toBe('and 989 more faults');
  expect(warned.join('').length).toBeLessThanOrEqual(4096);
});

test.each([
  [12, 12, false],
  [13, 12, true],
])('%i warnings make %i lines', (count, lines, counted) => {
  const many = pod({ containers: Array.from({ length: count }, () => ({ name: 'c', securityContext: { privileged: true } })) });
  const warned = warnings(judge(setOf({ mode: 'Warn', rules: [{ check: 'privileged' }] }), many));
  expect(warned).toHaveLength(lines);
  expect(warned.at(-1)?.startsWith('and 2 more')).toBe(counted);
});

test('a cause names field and reason as Kubernetes does', () => {
  const reasons = new Set<Finding['reason']>(['FieldValueForbidden', 'FieldValueRequired', 'FieldValueInvalid']);
  const told = causes(judge(restricted, pod(badPod)));
  expect(told[0]).toEqual({ reason: 'FieldValueForbidden', field: 'spec.hostNetwork', message: 'the pod shares the network of the node; remove hostNetwork (restricted/hostNamespaces)' }); // prettier-ignore
  expect(told.filter(({ reason }) => !reasons.has(reason as Finding['reason']))).toEqual([]);
});

// ---- updates and versions

const images = (...names: (string | null)[]): Json[] => names.map((image) => ({ name: 'c', image }));
const debuggers = (...pairs: [string, string][]): Json[] => pairs.map(([name, image]) => ({ name, image }));

test.each<[string, Json, Json, boolean]>([
  ['nothing', { containers: images('a') }, { containers: images('a') }, false],
  ['a container more', { containers: images('a', 'b') }, { containers: images('a') }, true],
  ['a container less', { containers: images('a') }, { containers: images('a', 'b') }, true],
  ['another image', { containers: images('b') }, { containers: images('a') }, true],
  ['images that change places', { containers: images('a', 'b') }, { containers: images('b', 'a') }, true],
  ['another init image', { initContainers: images('b') }, { initContainers: images('a') }, true],
  ['an init container more', { initContainers: images('a') }, {}, true],
  ['null, empty and absent lists', { containers: null, initContainers: [] }, {}, false],
  ['null, empty and absent images', { containers: images(null, '') }, { containers: [{ name: 'c' }, { name: 'c', image: null }] }, false],
  [
    'a security context',
    { containers: [{ name: 'c', image: 'a', securityContext: { privileged: true } }] },
    { containers: images('a') },
    false,
  ],
  ['a name', { containers: [{ name: 'd', image: 'a' }] }, { containers: images('a') }, false],
  ['an ephemeral container more', { ephemeralContainers: debuggers(['a', 'i']) }, { ephemeralContainers: [] }, true],
  ['an ephemeral container less', {}, { ephemeralContainers: debuggers(['a', 'i']) }, false],
  [
    'ephemeral containers in another order',
    { ephemeralContainers: debuggers(['b', 'j'], ['a', 'i']) },
    { ephemeralContainers: debuggers(['a', 'i'], ['b', 'j']) },
    false,
  ],
  ['another ephemeral image', { ephemeralContainers: debuggers(['a', 'j']) }, { ephemeralContainers: debuggers(['a', 'i']) }, true],
  ['an old one under another name', { ephemeralContainers: debuggers(['b', 'i']) }, { ephemeralContainers: debuggers(['a', 'i']) }, true],
  ['tolerations and deadlines', { tolerations: [{}], activeDeadlineSeconds: 1 }, {}, false],
  ['no spec before', { containers: images('a') }, null, true],
  ['lists that cannot be read', { containers: 'a' }, { containers: 'a' }, true],
  ['a spec that cannot be read', 'x', 'x', true],
])('a pod update of %s is significant or not', (_name, spec, oldSpec, significant) => {
  expect(isSignificantUpdate({ spec }, { spec: oldSpec })).toBe(significant);
});

test('annotations and labels of a pod may change', () => {
  expect(isSignificantUpdate({ metadata: { annotations: { a: 'b' } }, spec: {} }, { spec: {} })).toBe(false);
  expect(isSignificantUpdate(null, { spec: {} })).toBe(true);
});

test.each<[string, Partial<AdmissionRequest>, boolean]>([
  ['CREATE of a pod', {}, true],
  ['DELETE of a pod', { operation: 'DELETE', object: null }, false],
  ['CONNECT to a pod', { operation: 'CONNECT', subResource: 'exec' }, false],
  ['ephemeralcontainers', { operation: 'UPDATE', subResource: 'ephemeralcontainers' }, true],
  ['resize', { operation: 'UPDATE', subResource: 'resize' }, true],
  ['status', { operation: 'UPDATE', subResource: 'status' }, false],
  ['binding', { subResource: 'binding' }, false],
  ['a custom resource', { resource: { group: 'example.com', version: 'v1', resource: 'pods' } }, false],
  [
    'deployments/scale',
    { operation: 'UPDATE', resource: { group: 'apps', version: 'v1', resource: 'deployments' }, subResource: 'scale' },
    false,
  ],
  ['deployments', { resource: { group: 'apps', version: 'v1', resource: 'deployments' } }, true],
])('%s is judged or not', (_name, change, judged) => {
  expect(fromReview({ ...update({ spec: {} }, null), operation: 'CREATE', ...change }).pods.length).toBe(judged ? 1 : 0);
});

test.each<[string, string, RegExp | null]>([
  ['v1', 'Pod', null],
  ['apps/v1', 'Deployment', null],
  ['batch/v1', 'CronJob', null],
  ['apps/v1beta1', 'Deployment', /apps\/v1beta1 .*apiVersion: apps\/v1$/],
  ['extensions/v1beta1', 'DaemonSet', /apiVersion: apps\/v1$/],
  ['batch/v1beta1', 'CronJob', /apiVersion: batch\/v1$/],
  ['v1', 'Deployment', /^v1 is not served for a Deployment.*apiVersion: apps\/v1$/],
  ['apps/v1', 'Pod', /apiVersion: v1$/],
  ['apps/v1', 'Job', /apiVersion: batch\/v1$/],
  ['v1beta1', 'Pod', /apiVersion: v1$/],
  ['v1', 'ConfigMap', null],
  ['extensions/v1beta1', 'Ingress', null],
  ['example.com/v1', 'Deployment', null],
])('%s %s is served: %j', (apiVersion, kind, advice) => {
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  const stale = staleVersion({ group, version, kind });
  expect(stale ?? '').toMatch(advice ?? /^$/);
});

// ---- details

function loadedOf(spec: GuardrailDocument['spec'], name: string): { document: GuardrailDocument; origin: string } {
  return { document: { apiVersion: 'sallyport.dev/v1alpha1', kind: 'Guardrail', metadata: { name }, spec }, origin: '' };
}

function setOf(spec: GuardrailDocument['spec'], ceiling: Mode = 'Enforce', name = 'g'): GuardrailSet {
  return guardrailSet([loadedOf(spec, name)], ceiling);
}

function pod(spec: Json): ReturnType<typeof fromManifest> {
  return fromManifest({ apiVersion: 'v1', kind: 'Pod', spec }, 'shop');
}

function documentOf(text: string): Json {
  const [document] = readDocuments(text);
  return document !== undefined && 'value' in document ? document.value : null;
}

function update(object: JsonObject, oldObject: Json): AdmissionRequest {
  return {
    uid: 'u',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    subResource: '',
    name: 'p',
    namespace: 'shop',
    operation: 'UPDATE',
    userInfo: { username: 'jane', groups: [] },
    object,
    oldObject,
    options: null,
    dryRun: false,
  };
}

/** What test/golden holds; UPDATE_GOLDEN=1 writes it anew, to be read before it is committed. */
function golden(name: string, text: string): string {
  const file = new URL(`golden/${name}`, import.meta.url);
  if (process.env['UPDATE_GOLDEN']) writeFileSync(file, `${text}\n`);
  return readFileSync(file, 'utf8');
}
