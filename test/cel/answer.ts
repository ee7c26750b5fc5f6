import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseRaw } from './exact-json.ts';
import { objects } from './random-object.ts';

/**
 * Writes down the answer to every row of the tables. `node test/cel/answer.ts PROGRAM FILE…`, where PROGRAM reads rows
 * `{ id, expression, kind, bindings }` as lines of JSON and answers each with the API server's own CEL (the compiler and evaluator of
 * k8s.io/apiserver/pkg/admission/plugin/cel): `{ type, value | error, cost, variablesCost }` or `{ compileError }`.
 */
const [program, ...files] = process.argv.slice(2);
if (program === undefined || files.length === 0) throw new Error('usage: node test/cel/answer.ts PROGRAM FILE…');

const bindings = parseRaw(readFileSync(new URL('bindings.json', import.meta.url), 'utf8')) as Record<string, unknown>;

for (const file of files) {
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const asked = rows.map((row, id) => JSON.stringify({ id, expression: row['expression'], kind: row['kind'], bindings: bound(row) }));
  const { stdout, status, stderr } = spawnSync(program, { input: asked.join('\n'), encoding: 'utf8', maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(stderr);
  const answers = stdout.split('\n').filter(Boolean).map(parseRaw) as Record<string, unknown>[];
  const told = rows.flatMap((row, index) => {
    const { id: _id, unstable, ...answer } = answers[index] ?? {};
    return unstable === true ? [] : [JSON.stringify({ ...row, answer })];
  });
  writeFileSync(file, `${told.join('\n')}\n`);
  console.log(`${file}: ${told.length} answered, ${rows.length - told.length} left out: the order of a map shows, or the program panicked`);
}

function bound(row: Record<string, unknown>): unknown {
  const named = bindings[typeof row['with'] === 'string' ? row['with'] : 'create'] as Record<string, unknown>;
  return typeof row['object'] === 'number' ? { ...named, object: parseRaw(objects[row['object']] ?? '') } : named;
}
