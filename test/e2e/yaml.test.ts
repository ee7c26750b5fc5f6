import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cases } from '../yaml/cases.ts';
import { readWithKubectl } from '../yaml/kubectl.ts';

const kubectl = join(process.env['KUBEBUILDER_ASSETS'] ?? '', 'kubectl');
const file = new URL('../yaml/kubectl.json', import.meta.url);

/** Needs no control plane, so it runs wherever there is a kubectl. */
const describeKubectl = process.env['KUBEBUILDER_ASSETS'] !== undefined && existsSync(kubectl) ? describe : describe.skip;

describeKubectl('kubectl', () => {
  test('still reads every case as written down', async () => {
    const readings = await readWithKubectl(kubectl, cases);
    const found = Object.fromEntries(cases.map(({ name }, index) => [name, readings[index]]));
    if (process.env['UPDATE_EXPECTED'] === '1') writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`);
    expect(found).toEqual(JSON.parse(readFileSync(file, 'utf8')));
  });
});
