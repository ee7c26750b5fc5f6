import { expect, test } from '@jest/globals';
import { namespaceLabels, scannedNamespaces, timeOf } from '../src/commands/scan/namespaces.ts';
import { scanFiles } from '../src/commands/scan/scan-files.ts';
import type { Spec } from './support/judging.ts';
import { setOf } from './support/judging.ts';

const spec: Spec = { mode: 'Enforce', match: { namespaceSelector: { matchLabels: { tier: 'prod' } } }, rules: [{ check: 'privileged' }] };
const pod = (name: string, namespace: string): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec: { containers: [{ name: 'a', securityContext: { privileged: true } }] } }); // prettier-ignore
const namespace = (name: string, tier: string): string => JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { tier } } }); // prettier-ignore

function scan(labels: string[] | undefined, ...documents: string[]): { verdicts: string; errors: string[] } {
  const namespaces = scannedNamespaces(0, namespaceLabels(labels));
  const files = [{ file: 'a.yaml', text: documents.join('\n---\n') }];
  const { results, errors } = scanFiles(files, { set: setOf(spec), namespace: 'default', namespaces });
  return { verdicts: results.map(({ verdict }) => verdict).join(' '), errors: errors.map(({ line, message }) => `${line} ${message}`) };
}

test.each<[string, string, string[] | undefined, string[]]>([
  ['a Namespace before its pods', 'skip deny', undefined, [namespace('shop', 'prod'), pod('p', 'shop')]],
  ['a Namespace after its pods', 'deny skip', undefined, [pod('p', 'shop'), namespace('shop', 'prod')]],
  ['a Namespace with other labels', 'skip skip', undefined, [pod('p', 'shop'), namespace('shop', 'dev')]],
  ['labels by a flag', 'deny', ['a=b,tier=prod'], [pod('p', 'shop')]],
  ['a Namespace outweighs the flag', 'skip skip deny', ['tier=prod'], [namespace('shop', 'dev'), pod('p', 'shop'), pod('p', 'bank')]],
  ['an empty flag: no labels', 'skip', [''], [pod('p', 'shop')]],
])('the labels of a namespace come from %s', (_, verdicts, flags, documents) => {
  expect(scan(flags, ...documents)).toEqual({ verdicts, errors: [] });
});

test('a namespace of which nobody knows is an error, once', () => {
  const { errors } = scan(undefined, pod('a', 'shop'), pod('b', 'shop'), pod('c', 'bank'));
  expect(errors).toEqual([expect.stringMatching(/^1 .*"shop"/), expect.stringMatching(/^5 .*"bank"/)]);
});

test.each([['tier'], ['a b=c'], ['=x'], ['a=b c']])('--namespace-labels %s is refused', (flag) => {
  expect(() => namespaceLabels([flag])).toThrow(`--namespace-labels ${flag}: `);
});

const clock = (): Date => new Date(5);

test('--now is a time with a zone', () => {
  expect([timeOf(undefined, clock), timeOf('1970-01-01T00:00:01Z', clock)]).toEqual([5, 1000]);
  expect(() => timeOf('tomorrow', clock)).toThrow('--now tomorrow: ');
});
