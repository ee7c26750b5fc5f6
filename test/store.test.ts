import { describe, expect, test } from '@jest/globals';
import type { GuardrailDocument } from '../src/api/guardrail.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';
import type { Subject } from '../src/engine/subject.ts';
import { guardrailSet } from '../src/policy/guardrail-set.ts';
import { isPolicyObject, judgePolicyObject, policyRefusal } from '../src/policy/judge-policy-object.ts';
import { exceptionStatus, guardrailStatus, nextStatusChange } from '../src/policy/object-status.ts';
import type { FilePolicies, Policies } from '../src/policy/store.ts';
import { policyStore } from '../src/policy/store.ts';

const DAY = 86_400_000;
const now = Date.parse('2027-01-01T00:00:00Z');
const at = (days: number): string => new Date(now + days * DAY).toISOString();
const apiVersion = 'sallyport.dev/v1alpha1';

function guardrail(name: string, spec: JsonObject = {}, more: JsonObject = {}): JsonObject {
  const { generation = 1, uid = name, status, ...metadata } = more;
  return {
    apiVersion,
    kind: 'Guardrail',
    metadata: { name, uid, generation, resourceVersion: '1', ...metadata },
    spec: { mode: 'Enforce', rules: [{ check: 'privileged' }], ...spec },
    ...(status !== undefined && { status }),
  };
}
const exception = (spec: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  apiVersion,
  kind: 'GuardrailException',
  metadata: { name: 'e', namespace: 'shop', uid: 'e', generation: 1, creationTimestamp: at(-1), ...more },
  spec: { guardrail: 'a', allRules: true, match: { all: true }, reason: 'r', owner: 'o', expiresAt: at(10), ...spec },
});

const files = {
  guardrails: [{ document: guardrail('file') as unknown as GuardrailDocument, origin: '--policies file' }],
  exceptions: [],
  ceiling: 'Enforce' as const,
  maxLifetime: 90 * DAY,
};
const storeOf = (of: FilePolicies) => {
  const combine = policyStore();
  return (guardrails: readonly JsonObject[], exceptions: readonly JsonObject[], time: number) => combine(of, guardrails, exceptions, time);
};
const noFiles = { ...files, guardrails: [] };
const broken = { rules: [{ check: 'privilegd' }] };
const inForce = ({ set }: Policies): string[] => set.guardrails.map(({ name, mode }) => `${name} ${mode}`);

describe('one set of files and objects', () => {
  test('objects stand beside files, and make the digest that the same documents make as files', () => {
    const combined = storeOf(files)([guardrail('a'), guardrail('b', { mode: 'Warn' })], [], now);
    expect(inForce(combined)).toEqual(['a Enforce', 'b Warn', 'file Enforce']);
    const written = ['file', 'a', 'b'].map((name) => guardrail(name, name === 'b' ? { mode: 'Warn' } : {}, { generation: 9 }));
    const loaded = written.map((document) => ({ document: document as unknown as GuardrailDocument, origin: 'x' }));
    expect(guardrailSet(loaded, 'Enforce').digest).toBe(combined.set.digest);
  });

  test('a set that is handed out never changes', () => {
    const combine = storeOf(noFiles);
    const { set } = combine([guardrail('a')], [], now);
    const later = combine([guardrail('a', { mode: 'Warn' }, { generation: 2 })], [], now).set;
    expect([set.guardrails[0]?.mode, later.guardrails[0]?.mode]).toEqual(['Enforce', 'Warn']);
    expect(set.digest).not.toBe(later.digest);
  });

  test('what did not change is not made again, whatever is written into its status', () => {
    const combine = storeOf(noFiles);
    const first = combine([guardrail('a'), guardrail('b')], [exception()], now);
    const second = combine(
      [guardrail('a', {}, { status: { mode: 'Enforce' } }), guardrail('b', { mode: 'Warn' }, { generation: 2 })],
      [exception()],
      now,
    );
    expect(second.set.guardrails[0]).toBe(first.set.guardrails[0]);
    expect(second.set.guardrails[1]).not.toBe(first.set.guardrails[1]);
    expect(second.exceptions[0]?.examined).toBe(first.exceptions[0]?.examined);
  });

  test('an object under the name of a file is not in force, and says so', () => {
    const combined = storeOf(files)([guardrail('file', { mode: 'Off' })], [], now);
    expect(inForce(combined)).toEqual(['file Enforce']);
    expect(combined.guardrails[0]?.examined.faults.map(({ path }) => path)).toEqual(['metadata.name']);
  });

  const lastGood = { lastGood: { generation: 3, spec: { mode: 'Warn', rules: [{ check: 'privileged' }] } } };
  const rows: [string, JsonObject[], string[]][] = [
    ['broken from the first: nothing of it', [guardrail('a', broken)], []],
    ['broken later: as it was', [guardrail('a'), guardrail('a', broken, { generation: 2 })], ['a Enforce']],
    [
      'broken twice: as it last was',
      [guardrail('a'), guardrail('a', broken, { generation: 2 }), guardrail('a', { mode: 'Never' }, { generation: 3 })],
      ['a Enforce'],
    ],
    ['broken before this process came: as its status has it', [guardrail('a', broken, { generation: 4, status: lastGood })], ['a Warn']],
    [
      'memory goes before the status, which may be written by others',
      [guardrail('a'), guardrail('a', broken, { generation: 4, status: lastGood })],
      ['a Enforce'],
    ],
    ['a status that holds no guardrail counts for nothing', [guardrail('a', broken, { status: { lastGood: { spec: broken } } })], []],
    ['made anew under its name: it has no past', [guardrail('a'), guardrail('a', broken, { uid: 'other' })], []],
    ['mended', [guardrail('a', broken), guardrail('a', { mode: 'Audit' }, { generation: 2 })], ['a Audit']],
  ];
  test.each(rows)('%s', (_, versions, expected) => {
    const combine = storeOf(noFiles);
    const states = versions.map((version) => combine([version], [], now));
    expect(inForce(states.at(-1) as Policies)).toEqual(expected);
  });

  test('a broken one takes nothing else down', () => {
    const combined = storeOf(files)(
      [guardrail('a', broken), guardrail('b')],
      [exception({ guardrail: 'b' }), exception({ rules: ['x'] }, { uid: 'f', name: 'f' })],
      now,
    );
    expect(inForce(combined)).toEqual(['b Enforce', 'file Enforce']);
    expect(
      combined.set.exceptions
        ?.get('shop/b')
        ?.get(null)
        ?.map(({ id }) => id),
    ).toEqual(['shop/e']);
    expect(combined.exceptions.map(({ examined }) => examined.faults.length > 0)).toEqual([false, true]);
  });

  test('an exception that came before its guardrail is found good when that appears', () => {
    const combine = storeOf(noFiles);
    expect(combine([], [exception()], now).exceptions[0]?.examined.document).toBeNull();
    expect(combine([guardrail('a')], [exception()], now).exceptions[0]?.examined.document).not.toBeNull();
  });

  test('a file that takes the name of an object, and gives it back', () => {
    const combine = policyStore();
    const sets = [noFiles, files, noFiles].map((of) => inForce(combine(of, [guardrail('file', { mode: 'Warn' })], [], now)));
    expect(sets).toEqual([['file Warn'], ['file Enforce'], ['file Warn']]);
  });

  test('a status that was written makes no other set', () => {
    const combine = storeOf(files);
    const before = combine([guardrail('a')], [], now);
    const object = { ...guardrail('a'), status: { observedGeneration: 1 } };
    const after = combine([object], [], now);
    expect(after.set).toBe(before.set);
    expect(after.guardrails[0]?.object).toBe(object);
    expect(combine([guardrail('a', { mode: 'Warn' }, { generation: 2 })], [], now).set).not.toBe(before.set);
  });

  test('a thousand guardrails and ten thousand exceptions are one set in two seconds, and a change of one in a fifth of one', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => guardrail(`g${index}`, { exceptions: { namespaces: ['*'] } }));
    const granted = Array.from({ length: 10_000 }, (_, index) =>
      exception({ guardrail: `g${index % 1_000}` }, { uid: `e${index}`, name: `e${index}`, namespace: `n${index % 97}` }),
    );
    const combine = storeOf(noFiles);
    const started = performance.now();
    combine(many, granted, now);
    const first = performance.now() - started;
    many[7] = guardrail('g7', { mode: 'Warn' }, { generation: 2 });
    combine(many, granted, now);
    const second = performance.now() - started - first;
    expect(first).toBeLessThan(2_000);
    expect(second).toBeLessThan(200);
  });
});

describe('status', () => {
  const context = { now, unreachable: () => null };
  const statusOf = (objects: JsonObject[], over: Partial<typeof context> = {}) => {
    const combine = storeOf(noFiles);
    const states = objects.map((object) => combine([object], [], now));
    const last = states.at(-1) as Policies;
    const [review] = last.guardrails;
    if (review === undefined) throw new Error('no review');
    return guardrailStatus(review, last.set.guardrails[0], { ...context, ...over });
  };

  test('says what is in force, and stays the same when it is asked again', () => {
    const status = statusOf([guardrail('a')]);
    expect(status).toEqual({
      observedGeneration: 1,
      mode: 'Enforce',
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'InForce',
          message: '',
          observedGeneration: 1,
          lastTransitionTime: '2027-01-01T00:00:00Z',
        },
        {
          type: 'Reachable',
          status: 'True',
          reason: 'Registered',
          message: '',
          observedGeneration: 1,
          lastTransitionTime: '2027-01-01T00:00:00Z',
        },
      ],
      lastGood: { generation: 1, spec: { mode: 'Enforce', rules: [{ check: 'privileged' }] } },
    });
    const held = guardrail('a', {}, { status: status as unknown as Json });
    expect(statusOf([held], { now: now + DAY })).toEqual(status);
  });

  test('of a broken one names the field and what stays in force', () => {
    const { conditions, lastGood } = statusOf([guardrail('a'), guardrail('a', broken, { generation: 2 })]);
    expect(conditions?.[0]).toMatchObject({ status: 'False', reason: 'Invalid', observedGeneration: 2 });
    expect(conditions?.[0]?.message).toBe(
      'spec.rules[0].check: unknown check "privilegd"; did you mean "privileged"?; generation 1 stays in force',
    );
    expect(lastGood?.generation).toBe(1);
    expect(statusOf([guardrail('a', broken)]).conditions).toMatchObject([
      { message: expect.stringContaining('nothing of it is in force') },
    ]);
  });

  test('tells the mode now, each entry of the schedule, and the next change', () => {
    const schedule = [
      { from: at(-2), mode: 'Warn' },
      { from: at(1), mode: 'Enforce', namespaceSelector: { matchLabels: { tier: 'prod' } } },
    ];
    const object = guardrail('a', { mode: 'Audit', schedule });
    expect(statusOf([object])).toMatchObject({
      mode: 'Warn',
      nextChange: '2027-01-02T00:00:00Z',
      schedule: [
        { mode: 'Warn', inForce: true },
        { mode: 'Enforce', inForce: false },
      ],
    });
    const later = statusOf([object], { now: now + 2 * DAY });
    expect(later).toMatchObject({ mode: 'Enforce', schedule: [{ inForce: true }, { inForce: true }] });
    expect(later).not.toHaveProperty('nextChange');
  });

  test.each<[string, JsonObject, JsonObject, string]>([
    ['honoured', {}, { exceptions: { namespaces: ['shop'] } }, 'True InForce'],
    ['not honoured here', {}, {}, 'False NotHonoured'],
    ['over', { expiresAt: at(-0.5) }, { exceptions: { namespaces: ['shop'] } }, 'False Expired'],
    ['unknown rule', { allRules: undefined, rules: ['x'] }, {}, 'False Invalid'],
  ])('an exception that is %s', (_, spec, honouring, expected) => {
    const { exceptions, set } = storeOf(noFiles)([guardrail('a', honouring)], [exception(spec)], now);
    const [review] = exceptions;
    const [condition] = (review && exceptionStatus(review, now).conditions) ?? [];
    expect(`${condition?.status} ${condition?.reason}`).toBe(expected);
    expect(nextStatusChange(set.guardrails, exceptions, now)).toBe(
      expected.startsWith('True') || expected.includes('Not') ? now + 10 * DAY : Infinity,
    );
  });
});

const subject = (object: JsonObject, over: Partial<Subject> = {}): Subject => {
  const resource = object['kind'] === 'Guardrail' ? 'guardrails' : 'guardrailexceptions';
  const { name } = object['metadata'] as { name: string };
  return {
    gvk: {
      group: 'sallyport.dev',
      version: 'v1alpha1',
      kind: resource === 'guardrails' ? 'Guardrail' : 'GuardrailException',
    },
    resource: { group: 'sallyport.dev', version: 'v1alpha1', resource },
    subresource: '',
    operation: 'CREATE',
    namespace: '',
    name,
    object,
    oldObject: null,
    user: { username: '', groups: [] },
    dryRun: false,
    pods: [],
    ...over,
  };
};

describe('what is written is judged', () => {
  const documents = [guardrail('a', { exceptions: { namespaces: ['shop'] } }) as unknown as GuardrailDocument];
  const context = { documents, taken: new Set(['file']), now, maxLifetime: 90 * DAY };
  const paths = (judged: Subject) => judgePolicyObject(judged, context).faults.map(({ path }) => path);

  const update = (object: JsonObject, oldObject: JsonObject) => subject(object, { operation: 'UPDATE', oldObject });
  const rows: [string, Subject, string[]][] = [
    ['a good guardrail', subject(guardrail('x')), []],
    ['every fault at once', subject(guardrail('x', { mode: 'Never', rules: [{ chek: 'a' }] })), ['spec.rules[0].chek', 'spec.mode']],
    ['the name of a file', subject(guardrail('file')), ['metadata.name']],
    ['broken as it was, with a new label', update(guardrail('x', broken, { labels: {} }), guardrail('x', broken)), []],
    ['broken anew', update(guardrail('x', broken), guardrail('x')), ['spec.rules[0].check']],
    ['broken and on its way out', update(guardrail('x', broken, { deletionTimestamp: at(0) }), guardrail('x')), []],
    ['a deletion', subject(guardrail('x', broken), { operation: 'DELETE' }), []],
    ['a good exception', subject(exception()), []],
    ['one that is over', subject(exception({ expiresAt: at(-0.5) })), ['spec.expiresAt']],
    ['one that is over and was, with a new label', update(exception({ expiresAt: at(-0.5) }), exception({ expiresAt: at(-0.5) })), []],
    ['one that holds too long', subject(exception({ expiresAt: at(100) })), ['spec.expiresAt']],
    ['one without its guardrail', subject(exception({ guardrail: 'aa' })), ['spec.guardrail']],
  ];
  test.each(rows)('%s', (_, judged, expected) => {
    expect(paths(judged).toSorted()).toEqual(expected.toSorted());
  });

  test('the refusal begins with a line that stands alone', () => {
    const judged = subject(guardrail('x', { mode: 'Never', rules: [{ chek: 'a' }] }));
    const [first, ...rest] = policyRefusal(judged, judgePolicyObject(judged, context)).split('\n');
    expect(first).toMatch(/^Guardrail x: \S+: .* \(1 of 2 faults\)$/);
    expect(rest).toHaveLength(2);
  });

  test('only our kinds are judged so, and never their status', () => {
    const ours = subject(guardrail('x'));
    expect(isPolicyObject(ours)).toBe(true);
    expect(isPolicyObject({ ...ours, subresource: 'status' })).toBe(false);
    expect(isPolicyObject({ ...ours, resource: { ...ours.resource, group: 'example.test' } })).toBe(false);
  });
});
