import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { vapProgram } from '../../src/policy/upstream/vap.ts';
import { parseRaw } from './exact-json.ts';
import { policyOf, request } from './policies.ts';
import type { PolicyAnswer } from './policies.ts';
import { Dice } from './random.ts';
import { objects } from './random-object.ts';
import { randomPolicy } from './random-policy.ts';
import type { PolicyRow } from './random-policy.ts';

/**
 * Writes random policies that compile, with the decisions of the API server's own evaluator: `node test/cel/make-policies.ts FILE COUNT PROGRAM [SEED]`.
 * PROGRAM reads lines `{ id, policy, object, request }` and answers `{ decisions: [{ action, evaluation, message }], auditAnnotations: [{ key, value, action, error }] }`.
 */
const [file, count, program, seed] = process.argv.slice(2);
if (file === undefined || program === undefined) throw new Error('usage: node test/cel/make-policies.ts FILE COUNT PROGRAM [SEED]');
const dice = new Dice(Number(seed ?? 1));
const rows: PolicyRow[] = [];
while (rows.length < Number(count)) {
  const row = randomPolicy(dice);
  if (vapProgram(policyOf(row.spec)).faults.length === 0) rows.push(row);
}
const input = rows.map(({ spec, object }, id) =>
  JSON.stringify({ id, policy: policyOf(spec), object: parseRaw(objects[object] ?? ''), request }),
);
const asked = (): string[] =>
  spawnSync(program, ['-vap'], { input: input.join('\n'), encoding: 'utf8', maxBuffer: 2 ** 30 }).stdout.split('\n');
const [once, again] = [asked(), asked()];
const told = rows.flatMap((row, index) => {
  const answer = JSON.parse(once[index] ?? '') as PolicyAnswer & { readonly error?: string };
  // The order of a map shows, or the program panicked, or an expression broke it down, or Go's name of a type shows.
  if (once[index] !== again[index] || answer.error !== undefined || /internal error|\*cel\./.test(once[index] ?? '')) return [];
  return [JSON.stringify({ ...row, answer: { decisions: answer.decisions, auditAnnotations: answer.auditAnnotations } })];
});
writeFileSync(file, `${told.join('\n')}\n`);
console.log(`${told.length} of ${rows.length} answered`);
