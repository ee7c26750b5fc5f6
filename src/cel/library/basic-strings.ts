import type { Overload } from '../function.ts';
import { sizeOf, textTraversal, traversal } from '../size.ts';
import { noSuchOverload } from '../step.ts';
import { bool, string } from '../type.ts';
import type { Value } from '../value.ts';
import { method } from './declare.ts';

const through = (value: Value | undefined): number => (typeof value === 'string' ? textTraversal(value) : traversal(sizeOf(value ?? null)));
const ofSubject = (args: readonly Value[]): number => through(args[0]);
const ofBoth = (args: readonly Value[]): number => through(args[0]) * through(args[1]);

export const basicStrings: readonly Overload[] = [
  test('contains', (subject, part) => subject.includes(part), ofBoth),
  test('endsWith', (subject, end) => subject.endsWith(end), ofSubject),
  test('startsWith', (subject, start) => subject.startsWith(start), ofSubject),
];

function test(name: string, holds: (subject: string, other: string) => boolean, cost: (args: readonly Value[]) => number): Overload {
  const evaluate = (subject: Value, other: Value): Value =>
    typeof subject === 'string' && typeof other === 'string' ? holds(subject, other) : noSuchOverload();
  return method(name, [string, string], bool, evaluate, { unguarded: true, cost });
}
