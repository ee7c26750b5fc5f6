import { editFile } from '../../fix/edit-file.ts';
import { unifiedDiff } from '../../fix/unified-diff.ts';
import { printable } from '../../kube/printable.ts';
import { cureWords, objectName, ruleName, weight } from '../../report/wording.ts';
import type { FixOptions } from './fix-text.ts';
import type { Placed } from './placed.ts';

type Question = (question: string) => Promise<string | null>;

/** Asks somebody about each place, until all or none of the rest is wanted. The end of the input is a `quit`. */
export function asking(ask: Question): FixOptions['take'] {
  let rest: boolean | null = null;
  return async (findings, text) => {
    if (rest !== null) return rest;
    const shown = questionOf(findings, text);
    for (let question = shown; ; question = choices) {
      const answer = (await ask(question))?.trim().toLowerCase() ?? 'quit';
      if (['y', 'yes'].includes(answer)) return true;
      if (['n', 'no'].includes(answer)) return false;
      if (['a', 'all', 'q', 'quit'].includes(answer)) return (rest = answer.startsWith('a'));
    }
  };
}

const choices = 'Cure this? yes, no, all, quit: ';

function questionOf(findings: readonly [Placed, ...Placed[]], text: string): string {
  const [{ document, path, finding, result }] = findings;
  const heads = findings.map(({ finding: one }) => `${weight(one)}: ${one.message} (${ruleName(one)})`);
  const words = finding.cure === null ? [] : [cureWords({ cure: finding.cure, path })];
  const edited = editFile(text, new Map([[document, [{ path, cure: finding.cure }]]]));
  const diff = unifiedDiff(result.file, text, edited.text).split('\n').slice(2, -1);
  const lines = [`${result.file}:${finding.line}:${finding.column}  ${objectName(result)}`, ...heads, ...words, ...diff];
  return `\n${lines.map(printable).join('\n')}\n${choices}`;
}
