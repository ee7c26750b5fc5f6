import type { GuardrailDocument } from '../../api/guardrail.ts';
import { checks } from '../../checks/index.ts';
import { INLINE_OPENING, parseInlineException } from '../../policy/inline-exception.ts';
import type { InlineException } from '../../policy/inline-exception.ts';
import { ruleNames } from '../../policy/rule-names.ts';
import type { ReportError } from '../../report/report.ts';
import { controls } from '../../standards/pod-security.ts';
import { commentsIn } from '../../yaml/comments.ts';
import type { Comment } from '../../yaml/comments.ts';
import type { Input } from './input.ts';
import { MISPLACED } from './misplaced.ts';
import { ownText } from './own-text.ts';
import { placed } from './place-rendered.ts';
import type { Suppressible } from './suppress.ts';

/** The comments of all inputs that allow something, and what came of them. */
export interface Inline {
  /** Answers the reason that a comment of the input gives for a finding at a line, of its text or of what it was rendered from; null where none does. */
  readonly in: (input: Input) => (finding: Suppressible, line: number) => string | null;
  /** Comments that cannot be read. */
  readonly errors: () => readonly ReportError[];
  /** Comments that are over, that a guardrail does not heed, or that nothing needs. */
  readonly warnings: () => readonly ReportError[];
}

export interface InlineSettings {
  /** Every guardrail of the set, as written. */
  readonly guardrails: readonly GuardrailDocument[];
  /** Names of policies of other projects, and of their rules. */
  readonly others?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether every rule was judged, so that a comment which quiets nothing is not needed. */
  readonly complete: boolean;
}

interface Allowance extends InlineException {
  /** Of the comment; the message is what else is to be said of it. */
  readonly place: ReportError;
  /** The line of the input's text that it speaks of. */
  readonly about: number;
  /** Of its rules, those that quieted something or would have. */
  readonly met: Set<string>;
  /** Guardrails that did not heed it. */
  readonly forbidding: Set<string>;
}

/** By the line that they speak of. */
type Allowances = ReadonlyMap<number, readonly Allowance[]>;

export function inlineExceptions({ guardrails, others = [], now, complete }: InlineSettings): Inline {
  const known = new Set([...allowable(guardrails), ...others]);
  const forbidding = new Set(guardrails.filter(({ spec }) => spec.inlineExceptions === 'Forbid').map(({ metadata }) => metadata.name));
  const all: Allowance[] = [];
  // A file must not be held once its objects are judged.
  const read = new WeakMap<Input, Allowances>();
  /** By file and line: an object may be built into several. */
  const written = new Map<string, Allowance[]>();
  const errors: ReportError[] = [];
  return {
    in: (input) => {
      const allowances = read.get(input) ?? readComments(input);
      read.set(input, allowances);
      return (finding, line) => reasonFor(allowances.get(line) ?? [], finding);
    },
    errors: () => errors,
    warnings: () => all.flatMap(warningsOf),
  };

  function readComments(input: Input): Allowances {
    const { text, rendered } = input;
    const lost = rendered?.comments;
    const comments = lost === undefined ? commentsIn(text, INLINE_OPENING) : commentsIn(rendered?.source ?? '', INLINE_OPENING);
    const allowances =
      lost === undefined
        ? comments.flatMap((comment) => readComment(comment, placeIn(input, comment)))
        : comments
            .filter(({ line }) => line >= lost.first && line <= lost.last)
            .flatMap((comment) => readOnce(comment, { file: input.file, line: comment.line, column: comment.column, message: '' }));
    return Map.groupBy(allowances, ({ about }) => about);
  }

  function readOnce(comment: Comment, place: ReportError): Allowance[] {
    const key = `${place.line} ${place.file}`;
    const known = written.get(key) ?? readComment(comment, place);
    written.set(key, known);
    return known;
  }

  function readComment({ text, about }: Comment, place: ReportError): Allowance[] {
    const parsed = parseInlineException(text, known);
    if ('rules' in parsed) {
      const [rules, until, reason] = [parsed.rules.map(ownText), ownText(parsed.until), ownText(parsed.reason)];
      const allowance = { ...parsed, rules, until, reason, place, about, met: new Set<string>(), forbidding: new Set<string>() };
      all.push(allowance);
      return [allowance];
    }
    errors.push({ ...place, column: place.column + parsed.offset, message: parsed.message + place.message });
    return [];
  }

  function reasonFor(allowances: readonly Allowance[], finding: Suppressible): string | null {
    let reason: string | null = null;
    for (const allowance of allowances) {
      const named = namesOf(finding).filter((name) => allowance.rules.includes(name));
      if (named.length === 0) continue;
      for (const name of named) allowance.met.add(name);
      if (forbidding.has(finding.guardrail)) allowance.forbidding.add(finding.guardrail);
      else if (now < allowance.expires) reason ??= `until ${allowance.until}: ${allowance.reason}`;
    }
    return reason;
  }

  function warningsOf(allowance: Allowance): ReportError[] {
    const { place, until, rules, met } = allowance;
    const unmet = rules.filter((rule) => !met.has(rule));
    const messages = [
      ...(now >= allowance.expires ? [`this comment was over after ${until}, and what it allowed counts again: mend it, or agree on a new day`] : []),
      ...[...allowance.forbidding].map((name) => `the guardrail ${name} heeds no comments (inlineExceptions: Forbid); ask for a GuardrailException`),
      ...(complete && unmet.length > 0 && now < allowance.expires ? [unneeded(unmet)] : []),
    ]; // prettier-ignore
    return messages.map((message) => ({ ...place, message: message + place.message }));
  }
}

const placeIn = (input: Input, { line, column }: Comment): ReportError => ({
  file: input.file,
  ...placed(input, { line, column }, ''),
});

const unneeded = (rules: readonly string[]): string =>
  `its line does not break ${rules.join(', ')}: take this off, or put it on the line of the finding or right above`;

const namesOf = ({ guardrail, rule, check, control }: Suppressible): string[] => [
  rule,
  `${guardrail}/${rule}`,
  check,
  ...(control === null ? [] : [control]),
];

/** Also rules that are off, and checks that this set does not use: a comment outlives a change of flags. */
function allowable(guardrails: readonly GuardrailDocument[]): ReadonlySet<string> {
  const rules = guardrails.flatMap((guardrail) =>
    [...ruleNames(guardrail)].flatMap((rule) => [rule, `${guardrail.metadata.name}/${rule}`]),
  );
  return new Set([...rules, `${MISPLACED.guardrail}/${MISPLACED.rule}`, ...checks.keys(), ...controls]);
}
