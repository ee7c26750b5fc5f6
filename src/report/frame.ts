import type { Change, PlacedFinding } from './cure-change.ts';
import { changeOf } from './cure-change.ts';
import type { Place, Span } from './place.ts';
import { placeAt } from './place.ts';
import type { LocatedFinding, Report, ReportError, Result } from './report.ts';
import { linesOf } from './source-lines.ts';

/** One line of a frame, unescaped. */
export interface FrameLine {
  readonly kind: 'context' | 'fault' | 'removed' | 'added';
  /** Line number in the file; null for a line that a cure adds. */
  readonly number: number | null;
  readonly text: string;
  readonly marks: readonly Span[];
}

/** The findings at one line, with what stands there and what their cures make of it. */
export interface Spot {
  readonly line: number;
  readonly findings: readonly LocatedFinding[];
  /** Empty where the text is not known or not to be shown. */
  readonly frame: readonly FrameLine[];
  /** Findings whose cure the frame shows. */
  readonly cured: ReadonlySet<LocatedFinding>;
}

/** Answers the spots of each result of the report, in the order of their first findings. */
export function spotter(report: Report): (result: Result) => Spot[] {
  const lines = linesOf(report.sources);
  const reach = new Map(report.results.map((result, index) => [result, reachOf(report.results, index)]));
  return (result) => {
    const text = lines(result.file);
    const groups = Map.groupBy(result.findings, ({ line }) => line);
    return [...groups].map(([line, findings]) => spot(text, line, findings, reach.get(result) ?? nowhere));
  };
}

/** The lines around an error; none where the file may hold a Secret, since nobody can tell its lines. */
export function errorFrames(report: Pick<Report, 'sources'>): (error: ReportError) => FrameLine[] {
  const lines = linesOf(report.sources);
  return ({ file, line, column }) => {
    const text = lines(file)[line - 1];
    if (text === undefined || /\bSecret\b|stringData/.test(report.sources.get(file) ?? '')) return [];
    const start = Math.min(column - 1, text.length);
    const around = { first: 1, last: Infinity };
    return [
      ...context(lines(file), line - 1, around),
      { kind: 'fault', number: line, text, marks: [{ start, end: start + 1 }] },
      ...context(lines(file), line + 1, around),
    ];
  };
}

/** First and last line that belong to an object and to nobody else: the lines around may hold a Secret. */
interface Reach {
  readonly first: number;
  readonly last: number;
}

const nowhere: Reach = { first: Infinity, last: 0 };

function reachOf(results: readonly Result[], index: number): Reach {
  const [before, result, after] = [results[index - 1], results[index], results[index + 1]];
  if (result === undefined || result.kind === 'Secret') return nowhere;
  const shared = [before, after].some((other) => other?.file === result.file && other.line === result.line);
  if (shared) return nowhere;
  return { first: result.line, last: after?.file === result.file && after.line > result.line ? after.line - 1 : Infinity };
}

function spot(lines: readonly string[], line: number, findings: readonly LocatedFinding[], reach: Reach): Spot {
  const text = lines[line - 1];
  if (text === undefined || line < reach.first || line > reach.last) return { line, findings, frame: [], cured: new Set() };
  const placed = findings.map((finding) => ({ finding, place: placeAt(text, finding.column, finding.path) }));
  const change = changeOf(lines, line, placed);
  return { line, findings, frame: frameOf(lines, line, placed, change, reach), cured: change.cured };
}

function frameOf(lines: readonly string[], line: number, placed: readonly PlacedFinding[], change: Change, reach: Reach): FrameLine[] {
  const text = lines[line - 1] ?? '';
  const edited = change.line !== text;
  const kind = edited ? 'removed' : 'fault';
  const added = [...(edited && change.line !== null ? [change.line] : []), ...change.added];
  return [
    ...context(lines, line - 1, reach),
    { kind, number: line, text, marks: union(placed.map(({ place }) => place)) },
    ...added.map((addition) => ({ kind: 'added', number: null, text: addition, marks: [] }) as const),
    ...context(lines, line + 1, reach),
  ];
}

function context(lines: readonly string[], number: number, { first, last }: Reach): FrameLine[] {
  const text = lines[number - 1];
  if (text === undefined || number < first || number > last || /^(?:---|\.\.\.)(?:\s|$)/.test(text)) return [];
  return text.trim() === '' ? [] : [{ kind: 'context', number, text, marks: [] }];
}

/** Marks in order; those that overlap become one. */
function union(places: readonly Place[]): Span[] {
  const spans: Span[] = [];
  for (const { mark } of places.toSorted((a, b) => a.mark.start - b.mark.start)) {
    const last = spans.at(-1);
    if (last !== undefined && mark.start < last.end) spans[spans.length - 1] = { start: last.start, end: Math.max(last.end, mark.end) };
    else spans.push(mark);
  }
  return spans;
}
