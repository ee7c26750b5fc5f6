import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Mode } from '../src/engine/finding.ts';
import { compileGuardrail } from '../src/policy/guardrail.ts';
import type { Place } from '../src/policy/place.ts';
import { covers, meet } from '../src/policy/place.ts';
import type { FailurePolicy, WebhookEntry, WebhookRule } from '../src/policy/registration.ts';
import { webhookEntries } from '../src/policy/registration.ts';
import { registeredGuardrail, unreachable } from '../src/policy/surface.ts';
import type { Spec } from './support/judging.ts';
import { documentOf } from './support/judging.ts';

type ResourceRule = NonNullable<NonNullable<Spec['match']>['resourceRules']>[number];

const rule = (resources: string, operations: string, { group = '', version = 'v1' } = {}): ResourceRule => ({
  apiGroups: [group],
  apiVersions: [version],
  operations: operations.split(',') as ResourceRule['operations'],
  resources: resources.split(','),
});
const matching = (mode: Mode, ...resourceRules: ResourceRule[]): Spec => ({
  mode,
  match: { templates: false, resourceRules },
  rules: [{ check: 'privileged' }],
});
const compiled = (spec: Spec) => compileGuardrail(documentOf(spec), 'Enforce', '');
const at = (time: string): number => Date.parse(time);
const day = at('2027-01-15T00:00:00Z');

const entriesOf = (specs: readonly Spec[], now = day, policyKinds = false): WebhookEntry[] =>
  webhookEntries({
    guardrails: specs.map((spec) => registeredGuardrail(compiled(spec), now)),
    client: { url: 'https://h/validate' },
    caBundle: null,
    excludeNamespaces: [],
    policyKinds,
  });

/** `Fail pods,pods/exec CREATE` for each rule; the group before the first resource. */
const shown = (entries: readonly WebhookEntry[]): string[] =>
  entries.flatMap(({ failurePolicy, rules }) => rules.map((rule) => `${failurePolicy} ${ruleText(rule)}`));
const ruleText = ({ apiGroups: [group], resources, operations }: WebhookRule): string =>
  `${group === '' ? '' : `${group}/`}${resources.join()} ${operations.join()}`;

const pods = rule('pods', 'CREATE');
const scheduled = (namespace?: string): Spec => ({
  ...matching('Warn', pods),
  schedule: [
    {
      from: '2027-01-15T00:00:00Z',
      mode: 'Enforce',
      ...(namespace && { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } }),
    },
  ],
});

test.each<[string, Spec[], string[]]>([
  ['nothing', [], []],
  ['one that is off', [matching('Off', pods)], []],
  ['one in Enforce', [matching('Enforce', pods)], ['Fail pods CREATE']],
  ['one in Enforce that may be passed by', [{ ...matching('Enforce', pods), failureMode: 'Ignore' }], ['Ignore pods CREATE']],
  ['one that warns', [matching('Warn', pods)], ['Ignore pods CREATE']],
  ['a rule in Enforce of one that warns', [{ ...matching('Warn', pods), rules: [{ check: 'privileged', mode: 'Enforce' }] }], ['Fail pods CREATE']],
  ['what stands in Fail does not stand in Ignore', [matching('Enforce', pods), matching('Warn', rule('pods', 'CREATE,UPDATE'))], ['Fail pods CREATE', 'Ignore pods UPDATE']],
  ['resources of one group and the same operations share a rule', [matching('Warn', rule('services,configmaps', 'DELETE,CREATE'))], ['Ignore configmaps,services CREATE,DELETE']],
  ['CONNECT', [matching('Enforce', rule('pods/exec,pods/attach', 'CONNECT'))], ['Fail pods/attach,pods/exec CONNECT']],
  ['custom resources', [matching('Enforce', rule('widgets', 'CREATE', { group: 'example.com' }))], ['Fail example.com/widgets CREATE']],
  ['every operation', [matching('Warn', rule('services', '*'))], ['Ignore services CONNECT,CREATE,DELETE,UPDATE']],
  ['pods/* names pods', [matching('Enforce', rule('pods/*', 'CREATE')), matching('Warn', rule('pods,pods/exec', 'CREATE'))], ['Fail pods/* CREATE']],
  ['* leaves subresources out', [matching('Enforce', rule('*', 'CREATE')), matching('Warn', rule('pods,pods/exec', 'CREATE'))], ['Fail * CREATE', 'Ignore pods/exec CREATE']],
  ['a wide one that warns beside a narrow one that enforces', [matching('Enforce', pods), matching('Warn', rule('*/*', 'CREATE'))], ['Fail pods CREATE', 'Ignore */* CREATE']],
  ['a kind under a version that is gone', [matching('Enforce', rule('deployments', 'CREATE', { group: 'extensions', version: 'v1beta1' }))], ['Fail apps/deployments CREATE', 'Fail extensions/deployments CREATE']],
  ['before its time', [{ ...scheduled(), schedule: [{ from: '2027-01-15T00:00:01Z', mode: 'Enforce' }] }], ['Ignore pods CREATE']],
  ['at its time', [scheduled()], ['Fail pods CREATE']],
  ['at its time, in one namespace', [scheduled('shop')], ['Fail pods CREATE']],
  ['relaxed everywhere', [{ ...matching('Enforce', pods), schedule: [{ from: '2027-01-01T00:00:00Z', mode: 'Warn' }] }], ['Ignore pods CREATE']],
  ['relaxed in one namespace', [{ ...matching('Enforce', pods), schedule: [{ from: '2027-01-01T00:00:00Z', mode: 'Off', namespaceSelector: { matchLabels: { a: 'b' } } }] }], ['Fail pods CREATE']],
  ['switched off everywhere', [{ ...matching('Enforce', pods), schedule: [{ from: '2027-01-01T00:00:00Z', mode: 'Off' }] }], []],
])('registered for %s', (_, specs, expected) => {
  expect(shown(entriesOf(specs))).toEqual(expected);
}); // prettier-ignore

test('a guardrail that does not say what it matches is registered for every workload, and for namespaces where their labels decide', () => {
  const [all = '', ...more] = shown(entriesOf([{ mode: 'Enforce', rules: [{ check: 'privileged' }] }]));
  expect(all).toBe('Fail pods,pods/ephemeralcontainers,pods/resize,podtemplates,replicationcontrollers CREATE,UPDATE');
  expect(more).toEqual(expect.arrayContaining(['Fail batch/cronjobs,jobs CREATE,UPDATE', 'Fail argoproj.io/rollouts CREATE,UPDATE']));
  const labelled = shown(entriesOf([{ mode: 'Enforce', rules: [{ podSecurity: { fromNamespaceLabels: true } }] }]));
  expect(labelled[0]).toMatch(/^Fail namespaces,pods,/);
});

test('templates register the workloads of the pods that are matched', () => {
  const spec: Spec = { mode: 'Enforce', match: { resourceRules: [pods] }, rules: [{ check: 'privileged' }] };
  expect(shown(entriesOf([spec]))).toEqual(
    expect.arrayContaining(['Fail apps/daemonsets,deployments,replicasets,statefulsets CREATE', 'Fail pods,podtemplates,replicationcontrollers CREATE']), // prettier-ignore
  );
});

test('guardrails and exceptions stand in Ignore, whatever is in Enforce', () => {
  const [fail, ignore] = entriesOf([matching('Enforce', rule('*/*', 'CREATE,UPDATE', { group: '*', version: '*' }))], day, true);
  expect(shown(ignore ? [ignore] : [])).toEqual(['Ignore sallyport.dev/guardrailexceptions,guardrails CREATE,UPDATE']);
  expect(fail?.matchConditions.at(-1)?.name).toBe('not-a-guardrail');
  expect(ignore?.matchConditions.at(-1)?.name).toBe('not-judged-elsewhere');
});

test('what both entries name is sorted out by a condition of the laxer one', () => {
  const [fail, ignore] = entriesOf([matching('Enforce', pods), matching('Warn', rule('*/*', 'CREATE'))]);
  expect(fail?.matchConditions.map(({ name }) => name)).not.toContain('not-judged-elsewhere');
  expect(ignore?.matchConditions.at(-1)?.expression).toBe(
    "!((request.operation == 'CREATE' && request.resource.group == '' && request.resource.version == 'v1' && request.resource.resource == 'pods' && !has(request.subResource)))",
  );
  expect(entriesOf([matching('Enforce', pods), matching('Warn', rule('services', 'CREATE'))])[1]?.matchConditions).toHaveLength(3);
});

test.each<[string, ResourceRule[], string[]]>([
  ['pods', [pods], []],
  ['nodes', [rule('nodes', 'CREATE')], ['nodes']],
  ['leases', [rule('leases', 'UPDATE', { group: 'coordination.k8s.io' })], ['coordination.k8s.io/leases']],
  ['reviews', [rule('tokenreviews', 'CREATE', { group: 'authentication.k8s.io' })], ['authentication.k8s.io/*']],
  ['a status', [rule('pods/status', 'UPDATE')], ['*/status']],
])('a guardrail on %s says what never reaches it', (_, rules, expected) => {
  expect(unreachable(compiled(matching('Enforce', ...rules)))).toEqual(expected);
});

// ---- a property

const place = fc.record({
  group: fc.constantFrom('', 'apps', '*'),
  version: fc.constantFrom('v1', '*'),
  resource: fc.constantFrom('pods', 'pods/exec', 'pods/*', '*', '*/*', '*/exec', 'jobs'),
  operation: fc.constantFrom('CREATE', 'CONNECT'),
  scope: fc.constantFrom('*', 'Namespaced'),
}) as fc.Arbitrary<Place>;
const concrete = ['', 'apps'].flatMap((group) =>
  ['pods', 'pods/exec', 'jobs', 'jobs/exec', 'jobs/x'].flatMap((resource) =>
    (['CREATE', 'CONNECT'] as const).flatMap((operation) =>
      (['Namespaced', 'Cluster'] as const).map((scope): Place => ({ group, version: 'v1', resource, operation, scope })),
    ),
  ),
);

test('every request that a guardrail matches goes to exactly one entry, and to Fail where it must', () => {
  const wanted = fc.array(fc.record({ enforce: fc.boolean(), surface: fc.array(place, { maxLength: 3 }) }), { maxLength: 4 });
  let sent = 0;
  fc.assert(
    fc.property(wanted, (guardrails) => {
      const named = guardrails.map((guardrail) => ({ ...guardrail, name: 'g', failureMode: 'Fail' as const }));
      const entries = webhookEntries({ guardrails: named, client: { url: 'u' }, caBundle: null, excludeNamespaces: [] });
      const fail = placesOf(entries, 'Fail');
      const ignore = placesOf(entries, 'Ignore');
      const excluded = entries.some(({ matchConditions }) => matchConditions.some(({ name }) => name === 'not-judged-elsewhere'));
      for (const request of concrete) {
        const judgedBy = (enforce: boolean) =>
          guardrails.some((one) => one.enforce === enforce && one.surface.some((p) => covers(p, request)));
        const inFail = fail.some((p) => covers(p, request));
        const inIgnore = ignore.some((p) => covers(p, request));
        expect(inFail).toBe(judgedBy(true));
        expect(inIgnore || inFail).toBe(judgedBy(false) || judgedBy(true));
        // Only a condition may stand between the request and a second call.
        expect(inFail && inIgnore && !excluded).toBe(false);
        sent += Number(inFail) + Number(inIgnore);
      }
    }),
    { seed: 9, numRuns: 300 },
  );
  expect(sent).toBeGreaterThan(1000);
});

function placesOf(entries: readonly WebhookEntry[], policy: FailurePolicy): Place[] {
  return entries
    .filter(({ failurePolicy }) => failurePolicy === policy)
    .flatMap(({ rules }) =>
      rules.flatMap(({ apiGroups: [group = ''], apiVersions: [version = ''], operations, resources, scope }) =>
        resources.flatMap((resource) => operations.map((operation) => ({ group, version, resource, operation, scope }) as Place)),
      ),
    );
}

test('what covers meets', () => {
  let covered = 0;
  fc.assert(
    fc.property(place, place, (a, b) => {
      covered += Number(covers(a, b));
      expect(covers(a, b) && !meet(a, b)).toBe(false);
    }),
    { seed: 9, numRuns: 500 },
  );
  expect(covered).toBeGreaterThan(10);
});
