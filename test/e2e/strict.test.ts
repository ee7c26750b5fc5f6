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

const pod = (container: string): string =>
  `{ apiVersion: v1, kind: Pod, ${meta}, spec: { containers: [{ name: a, image: a, ${container} }] } }`;
const limits = (quantity: string): string => pod(`resources: { limits: { cpu: ${quantity} } }`);

/** One value each that is written for one of another type, or as few would; the API server stops at the first that it cannot read. */
const values: readonly (readonly [what: string, text: string])[] = [
  ...['"3"', '3', '3.0', '3.5', '3000000000'].map((value) => [`replicas: ${value}`, `{ apiVersion: apps/v1, kind: Deployment, ${meta}, spec: { replicas: ${value}, selector: ${labels}, template: { metadata: { labels: { a: b } }, spec: { containers: [{ name: a, image: a }] } } } }`] as const),
  ...['"true"', 'yes', '1', 'null'].map((value) => [`privileged: ${value}`, pod(`securityContext: { privileged: ${value} }`)] as const),
  ...['{}', '[]', 'x', 'null'].flatMap((value) => ['ports', 'args', 'securityContext'].map((field) => [`${field}: ${value}`, pod(`${field}: ${value}`)] as const)),
  ...['80', '"web"', '8.5', 'true', '3000000000'].map((value) => [`a number or text: ${value}`, pod(`livenessProbe: { httpGet: { port: ${value} } }`)] as const),
  ...['1', '1.5', '"1e3"', '1Gi', '" 1Gi "', 'm', '"1 Gi"', '""', '1gb', '1K', '1ki', '.5', '"5."', 'true', 'null', '"1E"', '"1e"', '{}', '"1,5"', '12m5'].map((value) => [`a quantity: ${value}`, limits(value)] as const),
  ...['text', '1', 'true', 'null', '{}'].flatMap((value) => [
    [`text in a list: ${value}`, pod(`args: [${value}]`)],
    [`the value of a variable: ${value}`, pod(`env: [{ name: e, value: ${value} }]`)],
    [`data of a ConfigMap: ${value}`, `{ apiVersion: v1, kind: ConfigMap, ${meta}, data: { a: ${value} } }`],
  ] as const),
  ...['eA==', 'eA', '"eA==\\n"', '1', '[1]', 'null'].map((value) => [`base64: ${value}`, `{ apiVersion: v1, kind: Secret, ${meta}, data: { a: ${value} } }`] as const),
  ...['2026-01-01T00:00:00Z', '""', '2026-01-01', '1', 'null'].map((value) => [`a time: ${value}`, `{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: default, creationTimestamp: ${value} } }`] as const),
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

  test.each(values)('the same values cannot be read: %s', async (_what, text) => {
    const { stderr } = await plane.kubectl(['create', '--dry-run=server', '--validate=strict', '-f', '-'], { input: text });
    const strict = await strictBy({ strict: true }, '/');
    const ours = readDocuments(`${text}\n`).flatMap((document) => ('error' in document ? [] : [...(strict?.(text, document) ?? [])]));
    // What it can read and does not allow is no matter of types (`is invalid`).
    expect(ours.map(({ message }) => message.startsWith('wrong value'))).toEqual(
      /cannot be handled as|unable to decode/.test(stderr) ? [true] : [],
    );
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
