import { severities } from '../config/config-schema.ts';
import { modes } from '../../policy/mode.ts';
import { levels } from '../../standards/pod-security.ts';

/** A flag as a shell completes it. */
export interface Flag {
  readonly name: string;
  /** What stands for its value in the usage; null where it takes none. */
  readonly value: string | null;
  /** Words that the value may be; none where it is free, or a path. */
  readonly words: readonly string[];
}

export interface CommandTable {
  readonly name: string;
  readonly title: string;
  readonly flags: readonly Flag[];
}

const wordsOf: Readonly<Record<string, readonly string[]>> = { mode: modes, 'fail-on': severities, 'pod-security': levels };

/** The flags of a command, from its usage, which names every one. */
export function commandTable(name: string, usage: string): CommandTable {
  const [first = ''] = usage.split('\n');
  const flags = [...usage.matchAll(/--([a-z][a-z-]*)(?: ([A-Z][^\s[\]]*|[a-z]+(?:\|[a-z]+)+))?/g)].map(([, flag = '', value = null]) => ({
    name: flag,
    value,
    words: value?.includes('|') ? value.split('|') : (wordsOf[flag] ?? []),
  }));
  return { name, title: first.replace(/^sallyport \S+\s+/, ''), flags: [...new Map(flags.map((flag) => [flag.name, flag])).values()] };
}
