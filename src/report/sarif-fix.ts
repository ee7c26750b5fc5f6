import type { Change } from './cure-change.ts';
import { changeOf } from './cure-change.ts';
import { plainMessage } from './markdown.ts';
import { placeAt } from './place.ts';
import type { LocatedFinding } from './report.ts';
import { uri } from './uri.ts';
import { cureWords, REVIEW } from './wording.ts';

type Fixer = (file: string, lines: readonly string[], finding: LocatedFinding) => { fixes?: object[] };

/** Answers the fix of a finding where its cure is a change of one line, or of one key below it; each place is fixed once. */
export function sarifFix(sources: ReadonlyMap<string, string>): Fixer {
  const known = new Map<string, { aliased: boolean; lineEnd: string; fixed: Set<string> }>();
  return (file, lines, finding) => {
    const { line, column, path, cure } = finding;
    const about = known.get(file) ?? aboutFile(sources.get(file) ?? '');
    known.set(file, about);
    const key = `${line}:${column}:${path}`;
    const text = lines[line - 1];
    // What an alias brings in stands for several places, which one cure does not speak for.
    if (cure === null || text === undefined || about.aliased || about.fixed.has(key)) return {};
    const place = placeAt(text, column, path);
    const change = changeOf(lines, line, [{ finding, place }]);
    if (!change.cured.has(finding) || place.missing.length > 1) return {};
    about.fixed.add(key);
    const review = cure.class === 'review' ? `; ${REVIEW}` : '';
    const replacements = [replacement(lines, line, change, about.lineEnd)];
    const changes = [{ artifactLocation: { uri: uri(file) }, replacements }];
    return { fixes: [{ description: { text: plainMessage(`${cureWords({ cure, path })}${review}`) }, artifactChanges: changes }] };
  };
}

const aboutFile = (text: string) => ({
  aliased: /(?:^|[\s[{,:-])\*[\w-]/m.test(text),
  lineEnd: text.includes('\r\n') ? '\r\n' : '\n',
  fixed: new Set<string>(),
});

function replacement(lines: readonly string[], number: number, { line, added }: Change, lineEnd: string): object {
  const text = lines[number - 1] ?? '';
  if (line === null) return { deletedRegion: wholeLine(lines, number) };
  if (added.length > 0) return edit(number, text.length, text.length, lineEnd + added.join(lineEnd));
  const start = commonWords(text, line);
  const tail = commonWords(reversed(text.slice(start)), reversed(line.slice(start)));
  return edit(number, start, text.length - tail, line.slice(start, line.length - tail));
}

const edit = (line: number, start: number, end: number, inserted: string): object => ({
  deletedRegion: { startLine: line, startColumn: start + 1, endLine: line, endColumn: end + 1 },
  insertedContent: { text: inserted },
});

/** With its line end, where it has one. */
const wholeLine = (lines: readonly string[], number: number): object =>
  number < lines.length
    ? { startLine: number, startColumn: 1, endLine: number + 1, endColumn: 1 }
    : { startLine: number, startColumn: 1, endLine: number, endColumn: (lines[number - 1] ?? '').length + 1 };

/** Length of what both begin with, no word cut in two. */
function commonWords(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  while (length > 0 && /\w/.test(a[length - 1] ?? '')) length--;
  return length;
}

const reversed = (text: string): string => text.split('').toReversed().join('');
