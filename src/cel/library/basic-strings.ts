import type { Overload } from '../function.ts';
import { sizeOf, traversal } from '../size.ts';
import { noSuchOverload } from '../step.ts';
import { bool, string } from '../type.ts';
import type { Value } from '../value.ts';
import { method } from './declare.ts';

const ofSubject = ([subject = null]: readonly Value[]): number => traversal(sizeOf(subject));
const ofBoth = ([subject = null, part = null]: readonly Value[]): number => traversal(sizeOf(subject)) * traversal(sizeOf(part));

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
