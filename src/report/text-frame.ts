import type { styleText } from 'node:util';
import { displayWidth } from './display-width.ts';
import type { FrameLine } from './frame.ts';
import type { Span } from './place.ts';
import { defused, escapePart } from './terminal.ts';

/** Paints text for a terminal, or leaves it as it is. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** Longest part of a line that is shown. */
const WINDOW = 120;
const LEAD = 40;

/** The lines of a frame with their gutter; a row of carets below the line at fault. */
export function textFrame(frame: readonly FrameLine[], paint: Paint): string[] {
  const gutter = Math.max(...frame.map(({ number }) => String(number ?? '').length), 3);
  return frame.flatMap((line) => frameRows(line, gutter, paint));
}

const signs: Readonly<Record<FrameLine['kind'], string>> = { context: ' ', fault: ' ', removed: '-', added: '+' };

function frameRows({ kind, number, text, marks }: FrameLine, gutter: number, paint: Paint): string[] {
  const shown = window(text, marks);
  const label = `  ${signs[kind]} ${String(number ?? '').padStart(gutter)} | `;
  const row = `${label}${shown.text}`.trimEnd();
  if (kind === 'context') return [paint('dim', row)];
  if (kind === 'added') return [paint('green', row)];
  const painted = kind === 'removed' ? paint('red', row) : row;
  if (marks.length === 0) return [painted];
  return [painted, `${' '.repeat(gutter + 4)} | ${paint('red', shown.carets)}`];
}

/** The line as far as it is shown, and carets below its marks, both as wide as a terminal makes them. */
function window(line: string, marks: readonly Span[]): { text: string; carets: string } {
  const from = line.length <= WINDOW ? 0 : Math.max(0, (marks[0]?.start ?? 0) - LEAD);
  const to = line.length <= WINDOW ? line.length : from + WINDOW;
  const harmless = defused(line);
  let [text, carets, at] = [from > 0 ? '…' : '', '', from];
  const take = (end: number): void => {
    text += escapePart(harmless.slice(at, end).replaceAll('\t', '  '));
    at = end;
  };
  for (const { start, end } of marks.filter((mark) => mark.start < to && mark.start >= at)) {
    take(start);
    carets = carets.padEnd(displayWidth(text));
    take(Math.min(end, to));
    carets = carets.padEnd(displayWidth(text), '^');
  }
  take(to);
  return { text: to < line.length ? `${text}…` : text, carets };
}
