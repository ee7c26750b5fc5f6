import { configured } from './config/configured.ts';
import { readConfig } from './config/read-config.ts';
import { FlagError, oneOf, parseFlags } from './flags.ts';
import { answer } from './explain/answer.ts';
import { overview } from './explain/overview.ts';
import { answerText, overviewText } from './explain/text.ts';
import type { GuardrailSet } from '../policy/guardrail-set.ts';
import type { Io } from './io.ts';
import { policyOptions, policySet } from './policy-flags.ts';

export const explainOptions = {
  ...policyOptions,
  config: { type: 'string' },
  'no-config': { type: 'boolean' },
  format: { type: 'string', default: 'text' },
} as const;

type ExplainFlags = ReturnType<typeof parseFlags<typeof explainOptions>>['values'];

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
  const answered = answer(word, inForce(values, io));
  return format === 'json' ? json(answered) : answerText(answered);
}

/** The guardrails that `scan` would judge by here. */
function inForce({ policies, 'pod-security': podSecurity, mode, ...flags }: ExplainFlags, io: Io): GuardrailSet {
  const config = readConfig(flags, io.cwd);
  const given = configured({ policies, 'pod-security': podSecurity, mode }, config, io.cwd, io.root);
  const { set, errors } = policySet(given, io);
  const [fault] = [...config.errors, ...errors];
  if (fault) throw new FlagError(`${fault.file}:${fault.line}:${fault.column}: ${fault.message}`);
  return set;
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
