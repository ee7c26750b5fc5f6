import { parseTime } from '../kube/time.ts';
import { DAY_MS } from './exception.ts';
import { suggestion } from './schema-faults.ts';

/** What a comment beside a fault says, so that a scan lists it and does not fail: `# sallyport: allow privileged until 2027-03-01 -- why`. */
export interface InlineException {
  /** Names of rules, checks and controls, or `guardrail/rule`. */
  readonly rules: readonly string[];
  /** The last day on which it holds, in UTC. */
  readonly until: string;
  /** Milliseconds since the epoch at which it is over. */
  readonly expires: number;
  readonly reason: string;
}

/** Where in the comment it goes wrong, and what was expected. */
export interface InlineFault {
  readonly offset: number;
  readonly message: string;
}

/** How such a comment begins, whether it goes on well or not. */
export const INLINE_OPENING = /#+[ \t]*sallyport(?:[ \t]*:|[ \t]+allow\b)/i;

const FORM = '# sallyport: allow RULE[, RULE…] until YYYY-MM-DD -- REASON';

/**
 * Reads a comment that begins as INLINE_OPENING says. Never throws.
 * @param known what may be named.
 */
export function parseInlineException(comment: string, known: ReadonlySet<string>): InlineException | InlineFault {
  const opening = /^#+[ \t]*sallyport:[ \t]*allow(?=[ \t]|$)/.exec(comment)?.[0];
  if (opening === undefined) return { offset: 0, message: `${FORM} is expected` };
  const dash = indexOf(comment, '--', opening.length);
  const end = dash === -1 ? comment.length : dash;
  const until = indexOf(comment.slice(0, end), 'until', opening.length);
  if (until === -1) return { offset: end, message: `until YYYY-MM-DD is expected here, as in ${FORM}` };
  const rules = comment.slice(opening.length, until).split(',');
  const day = part(comment, until + 'until'.length, end);
  const reason = comment.slice(end + '--'.length).trim();
  const fault = rulesFault(comment, opening.length, rules, known) ?? dayFault(day);
  if (fault !== null) return fault;
  if (!/[\p{L}\p{N}]/u.test(reason)) return { offset: comment.length, message: `-- and a reason are expected here, as in ${FORM}` };
  return { rules: rules.map((rule) => rule.trim()), until: day.text, expires: (dayStart(day.text) ?? 0) + DAY_MS, reason };
}

/** Of a word that stands alone; -1 where it does not. */
function indexOf(comment: string, word: string, from: number): number {
  for (let at = comment.indexOf(word, from); at !== -1; at = comment.indexOf(word, at + 1)) {
    if (/[ \t]/.test(comment[at - 1] ?? '') && /^[ \t]?$/.test(comment.slice(at + word.length, at + word.length + 1))) return at;
  }
  return -1;
}

interface Part {
  readonly offset: number;
  readonly text: string;
}

function part(comment: string, start: number, end: number): Part {
  const raw = comment.slice(start, end);
  return { offset: start + raw.length - raw.trimStart().length, text: raw.trim() };
}

function rulesFault(comment: string, from: number, rules: readonly string[], known: ReadonlySet<string>): InlineFault | null {
  let start = from;
  for (const raw of rules) {
    const { offset, text } = part(comment, start, start + raw.length);
    if (text === '') return { offset, message: `the name of a rule is expected here, as in ${FORM}` };
    if (/\s/.test(text)) return { offset, message: `a comma is expected between rules, as in ${FORM}` };
    if (!known.has(text)) return { offset, message: `unknown rule ${JSON.stringify(text)}${suggestion(text, known)}` };
    start += raw.length + 1;
  }
  return null;
}

function dayFault({ offset, text }: Part): InlineFault | null {
  return dayStart(text) === null ? { offset, message: `a day of the calendar is expected after until, as 2027-03-01` } : null;
}

const dayStart = (day: string): number | null => (/^\d{4}-\d{2}-\d{2}$/.test(day) ? parseTime(`${day}T00:00:00Z`) : null);
