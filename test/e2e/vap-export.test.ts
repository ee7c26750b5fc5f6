import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { connect } from '../../src/cluster/client.ts';
import type { Answer, Client } from '../../src/cluster/client.ts';
import { run } from '../../src/commands/generate/vap.ts';
import type { Json, JsonObject } from '../../src/kube/json.ts';
import { isObject } from '../../src/kube/json.ts';
import type { Workload } from '../../src/kube/workload.ts';
import { workloads } from '../../src/kube/workload.ts';
import { judge } from '../../src/policy/judge.ts';
import { controls } from '../../src/standards/pod-security.ts';
import { startControlPlane } from '../support/control-plane.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { describeEndToEnd } from '../support/end-to-end.ts';
import type { Spec } from '../support/judging.ts';
import { documentOf, setOf, subjectOf } from '../support/judging.ts';
import { until } from '../support/until.ts';
import { validPods } from '../support/valid-pods.ts';

const PODS = 500;

interface Held {
  readonly metadata?: JsonObject;
  readonly spec: JsonObject;
}

const app = (more: JsonObject): Held => ({ spec: { containers: [{ name: 'app', image: 'registry.example/app', ...more }] } });
const privileged = app({ securityContext: { privileged: true } });
const plain = app({});
/** Chance hardly makes one that the API server takes. */
const hostProcess: Held = {
  spec: { ...plain.spec, os: { name: 'windows' }, hostNetwork: true, securityContext: { windowsOptions: { hostProcess: true } } },
};
const debug = (privilege: boolean): JsonObject => ({
  spec: { ephemeralContainers: [{ name: 'debug', image: 'registry.example/shell', securityContext: { privileged: privilege } }] },
});

/** One guardrail for each namespace of its name, and `free` without any. */
const specs: Readonly<Record<string, Spec>> = {
  restricted: level('restricted', 'latest'),
  baseline: level('baseline', 'latest'),
  'restricted-old': level('restricted', 'v1.18'),
  'baseline-old': level('baseline', 'v1.18'),
  'restricted-middle': level('restricted', 'v1.24'),
};

/** A little of all that a guardrail can say and a policy can, too. */
const mixed: Spec = {
  mode: 'Enforce',
  updates: 'Full',
  match: { conditions: [{ name: 'not skipped', expression: "object.metadata.?labels.?skip.orValue('') != 'yes'" }] },
  exempt: {
    namespaces: ['kube-*', 'ops'],
    subjects: [{ kind: 'User', name: 'ann' }, { kind: 'Group', name: 'sre' }],
    runtimeClasses: ['kata'],
  },
  rules: [
    { check: 'privileged', exemptImages: ['registry.example/agents/*:v1', 'docker.io/nginx'] },
    { check: 'host-ports', mode: 'Warn' },
    {
      name: 'own images',
      cel: {
        over: 'containers',
        expression: "container.image.startsWith(variables.registry) // of ours",
        variables: [{ name: 'registry', expression: "'registry.example'" }],
        messageExpression: "container.image + ' is not of ' + variables.registry",
      },
    },
    {
      name: 'team',
      cel: {
        over: 'pods',
        expression: "variables.team != 'none'",
        variables: [{ name: 'team', expression: "pod.metadata.?labels.?team.orValue('a')" }],
        message: 'of no\n  team',
      },
    },
    {
      name: 'tier',
      cel: {
        expression: "object.metadata.?labels.?tier.orValue(params.data.tier) == params.data.tier",
        messageExpression: "'the tier is ' + params.data.tier",
        params: { apiVersion: 'v1', kind: 'ConfigMap', name: 'tier' },
      },
    },
  ],
}; // prettier-ignore

function level(name: 'baseline' | 'restricted', version: string): Spec {
  return { mode: 'Enforce', rules: [{ podSecurity: { level: name, version } }] };
}

const inNamespace = (name: string): NonNullable<Spec['match']> => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
});

describeEndToEnd('guardrails as the API server’s own policies', () => {
  let plane: ControlPlane;
  let client: Client;
  beforeAll(async () => {
    plane = await startControlPlane();
    client = connect({ kubeconfig: plane.kubeconfig, env: {} });
    for (const name of [...Object.keys(specs), 'warned', 'mixed', 'free']) await plane.must(['create', 'namespace', name]);
    await plane.must(['create', 'configmap', 'tier', '-n', 'mixed', '--from-literal=tier=bronze']);
    const documents = Object.entries(specs).map(([name, spec]) => documentOf({ ...spec, match: inNamespace(name) }, name));
    const warned = documentOf({ mode: 'Warn', rules: [{ check: 'privileged' }], match: inNamespace('warned') }, 'warned');
    const everything = documentOf({ ...mixed, match: { ...mixed.match, ...inNamespace('mixed') } }, 'mixed');
    await plane.must(['apply', '-f', '-'], { input: await generated([...documents, warned, everything]) });
    for (const name of Object.keys(specs)) await until(name, async () => (await create(name, held(podKind, privileged))).status === 403);
    await until('mixed', async () => (await create('mixed', held(podKind, privileged))).status === 403);
    await until('warned', async () => (await asWritten('warned')).stderr.includes('Warning'));
  });
  afterAll(async () => {
    await client?.close();
    await plane?.stop();
  });

  const create = (namespace: string, object: JsonObject, workload = podKind) =>
    client.request('POST', `${pathOf(workload, namespace)}?dryRun=All`, object);
  const patch = (to: string, body: JsonObject) =>
    client.request('PATCH', `${to}?dryRun=All`, body, { contentType: 'application/strategic-merge-patch+json' });
  const asWritten = (namespace: string) =>
    plane.kubectl(['create', '--dry-run=server', '-n', namespace, '-f', '-'], { input: JSON.stringify(held(podKind, privileged)) });
  async function generated(documents: readonly object[]): Promise<string> {
    const file = join(plane.dir, 'guardrails.yaml');
    writeFileSync(file, documents.map((document) => stringify(document)).join('---\n'));
    let text = '';
    const io = { stdout: (more: string) => void (text += more), stderr: () => undefined, cwd: plane.dir, env: {} };
    const rest = { now: () => new Date(), root: new URL('../../', import.meta.url), version: '', stdin: refused, termination: refused };
    if ((await run([file], { ...io, ...rest })) !== 0) throw new Error('nothing was exported');
    return text;
  }

  test(`${PODS} pods are refused for the same controls as by the engine`, async () => {
    const pods: Held[] = [hostProcess, ...fc.sample(validPods, { numRuns: PODS - 1, seed: 6 })];
    const differences: unknown[] = [];
    const reached = new Set<string>();
    const count = { invalid: 0, refused: 0, passed: 0 };
    for (const pod of pods) {
      const free = await create('free', held(podKind, pod));
      if (free.status !== 201) count.invalid++;
      else await Promise.all(Object.entries(specs).map(([namespace, spec]) => compare(namespace, spec, pod, free)));
    }
    expect(differences.slice(0, 3)).toEqual([]);
    expect(count.invalid).toBeLessThan(PODS / 2);
    expect(count.refused).toBeGreaterThan(PODS);
    expect(count.passed).toBeGreaterThan(PODS / 5);
    expect(controls.filter((control) => !reached.has(control))).toEqual([]);

    async function compare(namespace: string, spec: Spec, pod: Held, free: Answer): Promise<void> {
      // What the API server makes of the pod, with its defaults.
      const wanted = controlsOf(spec, free.body);
      const got = controlsIn(await create(namespace, held(podKind, pod)));
      for (const control of got) reached.add(control);
      if (wanted.join() !== got.join()) differences.push({ namespace, pod, wanted, got });
      if (got.length > 0) count.refused++;
      else count.passed++;
    }
  });

  test.each(workloads)('the template of a $kind is judged as its pods are', async (workload) => {
    const [bad, good] = [await create('baseline', held(workload, privileged), workload), await create('baseline', held(workload, plain), workload)];
    expect([controlsIn(bad), bad.status]).toEqual([['privileged'], 403]);
    expect(good.status).toBe(201);
  }); // prettier-ignore

  test.each<[string, Held, readonly string[], string]>([
    ['a fault', privileged, [], 'privileged: container "app" must not set privileged: true'],
    ['an exempt user', privileged, ['--as=ann', '--as-group=system:masters'], ''],
    ['an exempt group', privileged, ['--as=eve', '--as-group=system:masters', '--as-group=sre'], ''],
    ['another user', privileged, ['--as=eve', '--as-group=system:masters'], 'privileged: container "app" must not'],
    ['an exempt image', app({ image: 'registry.example/agents/a:v1', securityContext: { privileged: true } }), [], ''],
    [
      'an image by its short name',
      app({ image: 'nginx:1', securityContext: { privileged: true } }),
      [],
      'nginx:1 is not of registry.example',
    ],
    [
      'an image of another tag',
      app({ image: 'registry.example/agents/a:v2', securityContext: { privileged: true } }),
      [],
      'privileged: container "app" must not',
    ],
    ['an object that a condition leaves out', { ...privileged, metadata: { labels: { skip: 'yes' } } }, [], ''],
    ['CEL over containers', app({ image: 'docker.io/a' }), [], 'container "app": docker.io/a is not of registry.example'],
    ['CEL over pods', { ...plain, metadata: { labels: { team: 'none' } } }, [], 'of no team'],
    ['CEL with params', { ...plain, metadata: { labels: { tier: 'gold' } } }, [], 'the tier is bronze'],
    ['what breaks nothing', plain, [], ''],
  ])('a guardrail with everything in it says the same of %s', async (_, pod, flags, expected) => {
    const { code, stderr } = await plane.kubectl(['create', '--dry-run=server', '-n', 'mixed', ...flags, '-f', '-'], {
      input: JSON.stringify(held(podKind, pod)),
    });
    expect(stderr).toContain(expected);
    expect(code).toBe(expected === '' ? 0 : 1);
  });

  test('a Warn warns, and names the container', async () => {
    const { code, stderr } = await asWritten('warned');
    expect(code).toBe(0);
    expect(stderr).toContain('privileged: container "app" must not set privileged: true');
  });

  test('what was there before may be labelled, and not changed; what is added to a pod that runs is judged', async () => {
    const path = `${pathOf(podKind, 'free')}/old`;
    await plane.must(['create', '-n', 'free', '-f', '-'], { input: JSON.stringify({ ...held(podKind, privileged), metadata: { name: 'old' } }) });
    await plane.must(['create', '-n', 'free', '-f', '-'], { input: JSON.stringify({ ...held(podKind, plain), metadata: { name: 'new' } }) });
    const text = await generated([documentOf({ ...level('baseline', 'latest'), match: inNamespace('free') }, 'late')]);
    await plane.must(['apply', '-f', '-'], { input: text });
    await until('in force', async () => (await create('free', held(podKind, privileged))).status === 403);
    expect((await patch(path, { metadata: { labels: { a: 'b' } } })).status).toBe(200);
    expect(controlsIn(await patch(path, { spec: { containers: [{ name: 'app', image: 'registry.example/other' }] } }))).toEqual(['privileged']);
    const running = `${pathOf(podKind, 'free')}/new/ephemeralcontainers`;
    expect(controlsIn(await patch(running, debug(true)))).toEqual(['privileged']);
    expect((await patch(running, debug(false))).status).toBe(200);
  }); // prettier-ignore
});

const podKind = workloads.find(({ kind }) => kind === 'Pod') as Workload;

/** The pod as an object of this kind that the API server takes. */
function held({ group, kind, template }: Workload, { metadata = {}, spec }: Held): JsonObject {
  const labels = { app: 'w' };
  const named = { name: 'w', labels };
  const head = { apiVersion: group === '' ? 'v1' : `${group}/v1`, kind };
  if (kind === 'Pod') return { ...head, metadata: { ...metadata, name: 'w' }, spec };
  const own = kind === 'Job' || kind === 'CronJob' ? { ...spec, restartPolicy: 'Never' } : spec;
  const made = template.toReversed().reduce<JsonObject>((inner, key) => ({ [key]: inner }), { metadata: { ...metadata, labels }, spec: own });
  const wanted = kind === 'ReplicationController' ? { selector: labels } : group === 'apps' ? { selector: { matchLabels: labels } } : {};
  const extra = kind === 'CronJob' ? { schedule: '0 3 * * *' } : wanted;
  return { ...head, metadata: named, ...made, ...(isObject(made['spec']) && { spec: { ...made['spec'], ...extra } }) };
} // prettier-ignore

const pathOf = ({ group, resource }: Workload, namespace: string): string =>
  `${group === '' ? '/api/v1' : `/apis/${group}/v1`}/namespaces/${namespace}/${resource}`;

/** What the engine finds in the object. */
function controlsOf(spec: Spec, object: Json): string[] {
  const { findings } = judge(setOf(spec), subjectOf({ object }));
  return [...new Set(findings.map(({ control }) => control ?? ''))].toSorted();
}

/** What a refusal names: `ValidatingAdmissionPolicy … denied request: CONTROL: …; CONTROL: …`. */
function controlsIn({ status, body }: Answer): string[] {
  const said = isObject(body) ? body['message'] : null;
  const message = typeof said === 'string' ? said : '';
  const [, told] = message.split(' denied request: ');
  if (status >= 400 && told === undefined) return [`${status} ${message}`];
  return (told ?? '').split('; ').filter(Boolean).map((fault) => fault.split(':', 1)[0] ?? '').toSorted().filter((one, at, all) => one !== all[at - 1]);
} // prettier-ignore

const refused = (): never => {
  throw new Error('not here');
};
