import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';

const folder = new URL('../golden/', import.meta.url);

/** Holds what a command printed to test/golden/NAME.txt, which UPDATE_EXPECTED=1 writes. What differs from run to run is replaced first. */
export function expectGolden(name: string, command: string, printed: string): void {
  const text = `$ ${command}\n${normalise(printed)}`;
  const file = new URL(`${name}.txt`, folder);
  if (process.env['UPDATE_EXPECTED'] === '1') {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, 'utf8'));
}

const normalise = (text: string): string =>
  text
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, 'TIME')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    // The hash of a pod template holds no vowels; the last five characters of a generated name hold none either.
    .replaceAll(/-[bcdf-hj-np-tv-z2-9]{8,10}(?:-[bcdf-hj-np-tv-z2-9]{5})?\b/g, '-HASH');
