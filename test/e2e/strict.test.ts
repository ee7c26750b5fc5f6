import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { run as generate } from '../../src/commands/generate.ts';
import type { Io } from '../../src/commands/io.ts';
import { strictBy } from '../../src/commands/scan/strict.ts';
import { readDocuments } from '../../src/yaml/read.ts';
import { startControlPlane } from '../support/control-plane.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { describeEndToEnd } from '../support/end-to-end.ts';
import { until } from '../support/until.ts';

const root = new URL('../../', import.meta.url);
const meta = 'metadata: { name: a, namespace: default }';
const labels = '{ matchLabels: { a: b } }';

const manifests: readonly (readonly [what: string, text: string])[] = [
  ['nothing', `{ apiVersion: v1, kind: Pod, ${meta}, spec: { containers: [{ name: a, image: a, resources: { limits: { cpu: 1 } } }] } }`],
  ['fields of a pod and its containers', `{ apiVersion: v1, kind: Pod, ${meta}, spec: { readOnlyRootFilesystem: true, hostnetwork: true, containers: [{ name: a, image: a, hostPID: true, securityContext: { runasUser: 1, capabilities: { drp: [ALL] } } }, { name: b, image: b, x: { y: 1 } }] } }`],
  ['fields of a template', `{ apiVersion: apps/v1, kind: Deployment, ${meta}, spec: { securityContext: {}, selector: ${labels}, template: { securityContext: {}, metadata: { labels: { a: b }, lables: {} }, spec: { securityContext: { privileged: false, readOnlyRootFilesystem: true }, containers: [{ name: a, image: a }] } } } }`],
  ['fields of a template in a template', `{ apiVersion: batch/v1, kind: CronJob, ${meta}, spec: { schedule: "0 0 * * *", jobTemplate: { spec: { template: { spec: { restartPolicy: Never, runAsNonRoot: true, volumes: [{ name: v, emptyDir: {}, hostpath: {} }], containers: [{ name: a, image: a, env: [{ name: e, valueFrom: { secretKeyRef: { name: s, key: k, nope: 1 } } }] }] } } } } } }`],
  ['fields of an object that holds no pod', `{ apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, ${meta}, spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8, exept: [] } }] }], polciyTypes: [] } }`],
  ['fields beside the spec', `{ apiVersion: v1, kind: ConfigMap, ${meta}, dta: {}, data: { any.thing/goes: x } }`],
  ['fields of a role', `{ apiVersion: rbac.authorization.k8s.io/v1, kind: Role, ${meta}, rules: [{ apiGroups: [""], resources: [pods], verb: [get], verbs: [get] }] }`],
]; // prettier-ignore

describeEndToEnd('strict, as the API server is', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
  });
  afterAll(() => plane?.stop());

  test.each(manifests)('the same fields are unknown: %s', async (_what, text) => {
    const { stderr } = await plane.kubectl(['create', '--dry-run=server', '--validate=strict', '-f', '-'], { input: text });
    const strict = await strictBy({ strict: true }, '/');
    const ours = readDocuments(`${text}\n`).flatMap((document) => ('error' in document ? [] : [...(strict?.(text, document) ?? [])]));
    expect(named(ours.map(({ message }) => message).join('\n'))).toEqual(named(stderr));
  });

  test('the schemas that are committed are those of this server, and a custom resource is added to them', async () => {
    const committed = await readFile(new URL('src/kube/schemas/v1.36.json', root), 'utf8');
    expect(await generated()).toBe(committed);
    await plane.must(['apply', '-f', '-'], { input: JSON.stringify(customResource) });
    await until('the custom resource is published', async () => (await generated()).includes('"example.com/v1":{"Thing":'));
  });

  async function generated(): Promise<string> {
    let out = '';
    const io: Io = {
      stdout: (text) => void (out += text),
      stderr: () => undefined,
      stdin: async () => Buffer.alloc(0),
      cwd: '/',
      env: {},
      now: () => new Date(0),
      root,
      version: '1.2.3',
      termination: () => new AbortController().signal,
    };
    expect(await generate(['schemas', '--kubeconfig', plane.kubeconfig], io)).toBe(0);
    return out;
  }
});

/** The paths that a text calls unknown fields, in order of name. */
const named = (text: string): string[] => [...text.matchAll(/unknown field "([^"]+)"/g)].map(([, path]) => String(path)).toSorted();

const schema = { type: 'object', properties: { spec: { type: 'object', properties: { a: { type: 'string' } } } } };
const customResource = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'things', kind: 'Thing' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
  },
};
