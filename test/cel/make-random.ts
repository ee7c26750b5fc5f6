import { writeFileSync } from 'node:fs';
import { Dice, randomRow } from './random.ts';

/** Writes random rows for `answer.ts` to answer: `node test/cel/make-random.ts FILE COUNT [SEED]`. */
const [file, count, seed] = process.argv.slice(2);
if (file === undefined || count === undefined) throw new Error('usage: node test/cel/make-random.ts FILE COUNT [SEED]');
const dice = new Dice(Number(seed ?? 1));
const rows = new Map<string, string>();
while (rows.size < Number(count)) {
  const row = randomRow(dice, 1 + dice.below(4));
  if (row.expression.length < 400) rows.set(row.expression, JSON.stringify(row));
}
writeFileSync(file, `${[...rows.values()].join('\n')}\n`);
