import { FlagError, oneOf, parseFlags } from './flags.ts';
import { answer } from './explain/answer.ts';
import { overview } from './explain/overview.ts';
import { answerText, overviewText } from './explain/text.ts';
import type { Io } from './io.ts';
import { policyOptions, policySet } from './policy-flags.ts';

export const explainOptions = { ...policyOptions, format: { type: 'string', default: 'text' } } as const;

/** `sallyport explain [NAME] [policy flags]`: all that is known of a check, by any of its names; without one, a line for each check. */
export async function run(argv: string[], io: Io): Promise<number> {
  try {
    io.stdout(explain(argv, io));
    return 0;
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    io.stderr(`sallyport explain: ${error.message}\n`);
    return 2;
  }
}

function explain(argv: string[], io: Io): string {
  const { values, positionals } = parseFlags(argv, explainOptions, true);
  const format = oneOf('format', values.format, ['text', 'json']);
  // `explain CIS 5.2.2` needs no quotes.
  const word = positionals.join(' ');
  if (word === '') return format === 'json' ? json({ checks: overview() }) : overviewText(overview());
  const { set, errors } = policySet(values, io);
  if (errors[0]) throw new FlagError(`${errors[0].file}:${errors[0].line}:${errors[0].column}: ${errors[0].message}`);
  const answered = answer(word, set);
  return format === 'json' ? json(answered) : answerText(answered);
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
