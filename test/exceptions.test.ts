import { expect, test } from '@jest/globals';
import type { ExceptionDocument } from '../src/api/guardrail-exception.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';
import { DAY_MS } from '../src/policy/exception.ts';
import { exceptionFaults, exceptionWarnings, expiryFaults } from '../src/policy/exception-faults.ts';
import { judge } from '../src/policy/judge.ts';
import { loadGuardrails } from '../src/policy/load.ts';
import { auditAnnotations, warnings } from '../src/policy/refusal.ts';
import type { Requested, Spec } from './support/judging.ts';
import { documentOf, factsOf, setOf, subjectOf, told } from './support/judging.ts';

const now = Date.parse('2027-01-01T00:00:00Z');
const days = (count: number): string => new Date(now + count * DAY_MS).toISOString();

type ExceptionSpec = ExceptionDocument['spec'];
const granted: ExceptionSpec = { guardrail: 'g', allRules: true, match: { all: true }, reason: 'r', owner: 'o', expiresAt: days(30) };
const exception = (spec: Partial<ExceptionSpec> = {}, metadata: JsonObject = {}): ExceptionDocument => ({
  apiVersion: 'sallyport.dev/v1alpha1',
  kind: 'GuardrailException',
  metadata: { name: 'e', namespace: 'shop', ...metadata },
  spec: { ...granted, ...spec },
});
const { allRules: _, ...noRules } = granted;

const spec: Spec = {
  mode: 'Enforce',
  exceptions: { namespaces: ['shop', 'team-*'] },
  rules: [{ check: 'privileged' }, { check: 'host-namespaces' }],
};
const container = (name: string, image = 'quay.io/a:v1'): JsonObject => ({ name, image, securityContext: { privileged: true } });
const pod: JsonObject = {
  metadata: { name: 'web-1', labels: { app: 'web' } },
  spec: { hostPID: true, initContainers: [container('i')], containers: [container('a'), container('b', 'quay.io/b')], ephemeralContainers: [container('e')] },
}; // prettier-ignore
const all = ['host-namespaces', 'i', 'a', 'b', 'e'];

/** What is excused, each by the rule or by the container that it stands for. */
function excused(exceptions: readonly ExceptionDocument[], request: Requested = {}, guardrail = spec): string[] {
  const { findings } = judge(setOf(guardrail, exceptions), subjectOf({ object: pod, ...request }), factsOf({}, now));
  return findings.flatMap(({ state, rule, path }) => {
    const [, list = '', index = ''] = /\.(\w+ontainers)\[(\d)\]/.exec(path) ?? [];
    const place = { initContainers: ['i'], containers: ['a', 'b'], ephemeralContainers: ['e'] }[list]?.[Number(index)];
    return state === 'excepted' ? [place ?? rule] : [];
  });
}

test.each<[string, string[], Partial<ExceptionDocument['spec']>, Requested?]>([
  ['all of every object, but ephemeral containers', ['host-namespaces', 'i', 'a', 'b'], {}],
  ['some rules', ['host-namespaces'], { ...noRules, allRules: false, rules: ['host-namespaces'] }],
  ['another guardrail', [], { guardrail: 'other' }],
  ['a name', ['host-namespaces', 'i', 'a', 'b'], { match: { name: 'web-*' } }],
  ['another name', [], { match: { name: 'web' } }],
  ['a name to the letter', ['host-namespaces', 'i', 'a', 'b'], { match: { name: 'web-1' } }],
  ['a name to the letter, and labels that differ', [], { match: { name: 'web-1', labels: { app: 'db' } } }],
  ['a name that is yet to be generated', ['host-namespaces', 'i', 'a', 'b'], { match: { name: 'web-*' } }, { object: { ...pod, metadata: { generateName: 'web-' } } }],
  ['labels', ['host-namespaces', 'i', 'a', 'b'], { match: { labels: { app: 'web' } } }],
  ['other labels', [], { match: { labels: { app: 'web', tier: 'x' } } }],
  ['containers, and nothing of the pod', ['a'], { match: { containers: ['a'] } }],
  ['containers by a pattern', ['i', 'a', 'b', 'e'], { match: { containers: ['*'] } }],
  ['an ephemeral container that is named', ['e'], { match: { containers: ['e'] } }],
  ['images', ['i', 'a'], { match: { images: ['quay.io/a'] } }],
  ['images in containers of a name', [], { match: { images: ['quay.io/a'], containers: ['b'] } }],
  ['one that has run out', [], { expiresAt: days(0) }],
])('an exception for %s', (_, expected, more, request = {}) => {
  expect(excused([exception(more)], request).toSorted()).toEqual(expected.toSorted());
}); // prettier-ignore

test.each<[string, boolean, string, string, Spec['exceptions']]>([
  ['in its namespace', true, 'shop', 'shop', spec.exceptions],
  ['in a namespace of a pattern', true, 'team-a', 'team-a', spec.exceptions],
  ['in another namespace', false, 'team-a', 'shop', spec.exceptions],
  ['where the guardrail honours none', false, 'bank', 'bank', spec.exceptions],
  ['by a guardrail that says nothing', false, 'shop', 'shop', undefined],
])('an exception is honoured %s: %s', (_, holds, namespace, where, exceptions) => {
  const guardrail: Spec = { mode: spec.mode, rules: spec.rules, ...(exceptions && { exceptions }) };
  expect(excused([exception({}, { namespace })], { namespace: where }, guardrail).length > 0).toBe(holds);
});

const stored = (age: number) => exception({ expiresAt: days(9999) }, { creationTimestamp: days(-age) });

test('an exception holds no longer than the longest lifetime since it was made, whatever it says', () => {
  expect(excused([stored(89)]).length).toBeGreaterThan(0);
  expect(excused([stored(90)])).toEqual([]);
});

test('what is excused stays visible, denies nothing, and says by what', () => {
  const only = { object: { metadata: {}, spec: { containers: [container('a')] } } };
  const judged = judge(setOf(spec, [exception()]), subjectOf(only), factsOf({}, now));
  expect(judged.verdict).toBe('allow');
  expect(told(judged.findings)).toEqual(['excepted privileged spec.containers[0].securityContext.privileged']);
  expect(judged.findings[0]?.exception).toBe('shop/e');
  expect(auditAnnotations(judged, 'd')).toMatchObject({ exceptions: 'shop/e', verdict: 'allow' });
  expect(warnings(judged)).toEqual([]);
});

test.each([[8, 0], [7, 1], [1, 1]])('with %d days left a use warns %d times', (left, count) => {
  const only = { object: { metadata: {}, spec: { containers: [container('a'), container('b')] } } };
  const judged = judge(setOf(spec, [exception({ expiresAt: days(left) })]), subjectOf(only), factsOf({}, now));
  expect(warnings(judged).filter((text) => text.includes('shop/e') && text.includes(days(left)))).toHaveLength(count);
  expect(judged.verdict).toBe(count > 0 ? 'warn' : 'allow');
}); // prettier-ignore

test('what is not excused still denies; what could not be read is nobody’s to excuse', () => {
  const judged = judge(setOf(spec, [exception({ match: { containers: ['a'] } })]), subjectOf({ object: pod }), factsOf({}, now));
  expect(judged.verdict).toBe('deny');
  const broken = judge(setOf(spec, [exception()]), subjectOf({ object: { spec: 'x' } }), factsOf({}, now));
  expect(broken.verdict).toBe('deny');
});

/** The exception that the first excused finding tells. */
const toldOf = (...given: ExceptionDocument[]): string | undefined =>
  judge(setOf(spec, given), subjectOf({ object: pod }), factsOf({}, now)).findings.find(({ state }) => state === 'excepted')?.exception;

test('of several exceptions the first by its name is told, whether it names the object or not', () => {
  const named = exception({ match: { name: 'web-1' } }, { name: 'b' });
  const others = [exception({}, { name: 'c' }), exception({ match: { name: 'web-*' } }, { name: 'a' })];
  expect([toldOf(named, ...others), toldOf(...others.slice(0, 1), named)]).toEqual(['shop/a', 'shop/b']);
});

test('an exception outweighs the ratchet, and a set with exceptions has another digest', () => {
  const update = subjectOf({ object: pod, oldObject: pod });
  const states = judge(setOf(spec, [exception()]), update, factsOf({}, now)).findings.map(({ state }) => state);
  expect(states.toSorted()).toEqual(['excepted', 'excepted', 'excepted', 'excepted', 'ratcheted']);
  expect(states).toHaveLength(all.length);
  const digests = [setOf(spec), setOf(spec, [exception()]), setOf(spec, [exception({ reason: 'x' })])].map(({ digest }) => digest);
  expect(new Set(digests).size).toBe(3);
});

// ---- what is refused, and what is told

const context = { guardrails: [documentOf(spec), documentOf({ ...spec, rules: [{ podSecurity: { level: 'baseline', except: ['sysctls'] } }] }, 'pss')], now, maxLifetime: 90 * DAY_MS }; // prettier-ignore

test.each<[string, JsonObject, string | null]>([
  ['nothing wrong', {}, null],
  ['a rule of a level', { allRules: false, guardrail: 'pss', rules: ['hostPorts'] }, null],
  ['a rule that is left out', { allRules: false, guardrail: 'pss', rules: ['sysctls'] }, 'spec.rules[0]: the guardrail pss has no rule "sysctls"'],
  ['an unknown guardrail', { guardrail: 'psss' }, 'spec.guardrail: unknown guardrail "psss"; did you mean "pss"?'],
  ['an unknown rule', { allRules: false, rules: ['privilegd'] }, 'spec.rules[0]: the guardrail g has no rule "privilegd"; did you mean "privileged"?'],
  ['rules and all rules', { rules: ['privileged'] }, 'spec.rules: name rules, or write allRules: true'],
  ['neither', { allRules: false }, 'spec.rules: name rules'],
  ['a match and all', { match: { all: true, name: 'a' } }, 'spec.match: say what is excused, or write all: true'],
  ['an empty match', { match: {} }, 'spec.match: say what is excused'],
  ['a misspelt field', { match: { container: ['a'] } }, 'spec.match.container: unknown field'],
  ['an image without a registry', { match: { images: ['nginx'] } }, 'spec.match.images[0]: "nginx" names no registry'],
  ['a label that is none', { match: { labels: { 'a b': 'c' } } }, 'spec.match.labels[a b]: '],
  ['too long a life', { expiresAt: days(91) }, 'spec.expiresAt: an exception may hold 90 days at most, here until 2027-04-01'],
  ['the longest life', { expiresAt: days(90) }, null],
  ['no end', { expiresAt: null }, 'spec.expiresAt: a string is expected'],
  ['a day that is not', { expiresAt: '2027-02-30T00:00:00Z' }, 'spec.expiresAt: "2027-02-30T00:00:00Z" is no time'],
  ['an end in the past, which is a matter of applying it', { expiresAt: days(-1) }, null],
])('an exception with %s', (_, more, expected) => {
  const faults = exceptionFaults(exception(more) as unknown as Json, context);
  const texts = faults.map(({ path, message }) => `${path}: ${message}`);
  expect(texts.join()).toContain(expected ?? '');
  expect(texts).toHaveLength(expected === null ? 0 : 1);
}); // prettier-ignore

test('an exception without a namespace or of another version is refused; one that is over may not be applied', () => {
  const { namespace: _namespace, ...metadata } = exception().metadata;
  expect(exceptionFaults({ ...exception(), metadata } as unknown as Json, context).map(({ path }) => path)).toEqual(['metadata']);
  expect(exceptionFaults({ ...exception(), apiVersion: 'v1' } as unknown as Json, context).map(({ path }) => path)).toEqual(['apiVersion']);
  expect(exceptionFaults('x', context)).toHaveLength(1);
  expect(expiryFaults(exception({ expiresAt: days(0) }), now)).toHaveLength(1);
  expect(expiryFaults(exception(), now)).toEqual([]);
});

test('an exception that nobody honours is told, and so is an image that anybody may push', () => {
  expect(exceptionWarnings(exception(), context)).toEqual([]);
  expect(exceptionWarnings(exception({}, { namespace: 'bank' }), context).map(({ path }) => path)).toEqual(['spec.guardrail']);
  expect(exceptionWarnings(exception({ match: { images: ['quay.io/a:v1'] } }), context).map(({ path }) => path)).toEqual(['spec.match.images[0]']); // prettier-ignore
});

const file = (name: string, ...documents: object[]) => ({ file: name, text: documents.map((document) => JSON.stringify(document)).join('\n---\n'), origin: '' }); // prettier-ignore

const load = (...documents: object[]) => loadGuardrails([file('a.yaml', ...documents)], context);

test('exceptions stand in files beside guardrails, in any order', () => {
  const fresh = { ...documentOf(spec, 'fresh') };
  const { exceptions, errors } = load(exception({ guardrail: 'fresh' }), fresh);
  expect([exceptions.length, errors]).toEqual([1, []]);
  expect(load(exception({ guardrail: 'nobody' })).errors).toEqual([expect.objectContaining({ file: 'a.yaml', line: 1, message: expect.stringMatching(/^spec\.guardrail: unknown/) })]); // prettier-ignore
  expect(load(exception(), exception()).errors.map(({ message }) => message)).toEqual([expect.stringMatching(/^metadata\.name: the name "shop\/e" is taken/)]); // prettier-ignore
});
