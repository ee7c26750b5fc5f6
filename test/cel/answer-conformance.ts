import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { conformanceCases, isAsExpected } from './conformance-cases.ts';
import type { Answer } from './conformance-cases.ts';

/** Writes down where the API server's own CEL does not give what the suite asks for: `node test/cel/answer-conformance.ts PROGRAM`. */
const [program] = process.argv.slice(2);
if (program === undefined) throw new Error('usage: node test/cel/answer-conformance.ts PROGRAM');
const { cases } = conformanceCases();
const input = cases.map(({ expression, variables }, id) => JSON.stringify({ id, expression, declare: variables })).join('\n');
const { stdout } = spawnSync(program, { input, encoding: 'utf8', maxBuffer: 2 ** 30 });
const rows = stdout
  .split('\n')
  .filter(Boolean)
  .flatMap((line, index) => {
    const { type, value, error, compileError } = JSON.parse(line) as Answer;
    const one = cases[index];
    const answer: Answer =
      compileError === undefined ? (error === undefined ? { type, value } : { type, error }) : { compileError: reason(compileError) };
    return one === undefined || isAsExpected(one, answer) ? [] : [JSON.stringify({ case: one.path, answer })];
  });
writeFileSync(new URL('conformance-kubernetes.ndjson', import.meta.url), `${rows.join('\n')}\n`);
console.log(`${rows.length} of ${cases.length} differ`);

/** The first line without the place, which the expression shows anyway. */
function reason(compileError: string): string {
  return (compileError.split('\n')[0] ?? '').replace(/^compilation failed: ERROR: <input>:\d+:\d+: |^program instantiation failed: /, '');
}
