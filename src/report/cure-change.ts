import type { Json, JsonObject } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import type { Place, Span } from './place.ts';
import { placeAt } from './place.ts';
import type { LocatedFinding } from './report.ts';
import { blockLines, flow } from './yaml-block.ts';

/** What the cures of the findings at one line make of it. */
export interface Change {
  /** The line as it will be; null where it goes away. */
  readonly line: string | null;
  /** Lines that will follow it. */
  readonly added: readonly string[];
  /** Findings whose cure is part of this. */
  readonly cured: ReadonlySet<LocatedFinding>;
}

export interface PlacedFinding {
  readonly finding: LocatedFinding;
  readonly place: Place;
}

/** The change that can be shown simply: a value in its line, a line that goes, keys that are added below. Others must be put in words. */
export function changeOf(lines: readonly string[], number: number, findings: readonly PlacedFinding[]): Change {
  const original = lines[number - 1] ?? '';
  const cured = new Set<LocatedFinding>();
  let line: string | null = original;
  // From the right, so that no column moves under an edit still to come.
  for (const { finding } of findings.toSorted((a, b) => b.finding.column - a.finding.column)) {
    const edited: string | null | undefined = line === null ? undefined : editedLine(line, finding);
    if (edited === undefined) continue;
    line = edited;
    cured.add(finding);
  }
  const { added, from } = line === null ? { added: [], from: [] } : addedLines(lines, number, findings);
  return { line, added, cured: new Set([...cured, ...from]) };
}

/** Undefined where the cure is no simple edit of this line, null where it takes the whole line away. */
function editedLine(line: string, { cure, column, path }: LocatedFinding): string | null | undefined {
  const { missing, value, mark } = placeAt(line, column, path);
  if (cure === null || missing.length > 0 || value === null) return undefined;
  if ('set' in cure) return splice(line, value, inStyle(line, value, cure.set));
  return value.start === column - 1 ? withoutItem(line, value) : withoutKey(line, mark);
}

/** JSON stays JSON. */
const inStyle = (line: string, { start }: Span, value: Json): string =>
  /"\s*:\s*$/.test(line.slice(0, start)) ? JSON.stringify(value) : flow(value);

const withoutKey = (line: string, { start, end }: Span): null | undefined =>
  /^ *$/.test(line.slice(0, start)) && /^\s*(?:#.*)?$/.test(line.slice(end)) ? null : undefined;

function withoutItem(line: string, item: Span): string | null | undefined {
  const [before, after] = [line.slice(0, item.start), line.slice(item.end)];
  if (/^ *- +$/.test(before) && /^\s*(?:#.*)?$/.test(after)) return null;
  const comma = /^\s*,\s*/.exec(after);
  if (comma) return before + after.slice(comma[0].length);
  return /^\s*\]/.test(after) ? before.replace(/(?:,\s*|(?<=\[))\s*$/, '') + after.trimStart() : undefined;
}

const splice = (line: string, { start, end }: Span, text: string): string => line.slice(0, start) + text + line.slice(end);

/** Missing keys below one parent are added together, so that a parent missing for two of them is added once. */
function addedLines(
  lines: readonly string[],
  number: number,
  findings: readonly PlacedFinding[],
): { added: string[]; from: LocatedFinding[] } {
  const missing = findings.filter(({ finding: { cure }, place }) => cure !== null && 'set' in cure && place.missing.length > 0);
  const [first] = missing;
  const indent = first === undefined ? null : childIndent(lines, number, first.place);
  if (first === undefined || indent === null) return { added: [], from: [] };
  const sameParent = missing.filter(({ place }) => place.mark.start === first.place.mark.start && place.isItem === first.place.isItem);
  const tree: JsonObject = {};
  const from = sameParent.filter((placed) => graft(tree, placed)).map(({ finding }) => finding);
  return { added: blockLines(tree, indent), from };
}

/** Indentation of the keys below a parent in block style, or null where it has another form. */
function childIndent(lines: readonly string[], number: number, { mark, value, isItem }: Place): string | null {
  const line = lines[number - 1] ?? '';
  const before = line.slice(0, mark.start);
  if (!/^ *(?:- +)*$/.test(before)) return null;
  if (isItem) return value !== null && before.trimEnd().endsWith('-') ? ' '.repeat(mark.start) : null;
  if (!/^\s*:\s*(?:#.*)?$/.test(line.slice(mark.end))) return null;
  const next = lines.slice(number, number + 50).find((text) => !/^\s*(?:#.*)?$/.test(text)) ?? '';
  if (/^\s*[,{}\]]/.test(next)) return null;
  const depth = /^ */.exec(next)?.[0].length ?? 0;
  if (depth <= mark.start) return /^ *- /.test(next) && depth === mark.start ? null : ' '.repeat(mark.start + 2);
  return blockEntry.test(next) ? ' '.repeat(depth) : null;
}

/** A key and its value on a line of their own; not so in braces, nor where a template is yet to make the lines. */
const blockEntry = /^ *(?:"[^"]*"|'[^']*'|[\w.$/-]+)[ ]*:(?!.*\{\{)(?:\s.*[^,\s])?\s*$/;

function graft(tree: JsonObject, { finding: { cure }, place: { missing } }: PlacedFinding): boolean {
  if (cure === null || !('set' in cure) || missing.some((step) => typeof step === 'number')) return false;
  let parent = tree;
  for (const step of missing.slice(0, -1)) {
    const child = (parent[step] ??= {});
    if (!isObject(child)) return false;
    parent = child;
  }
  const last = String(missing.at(-1));
  const known = parent[last];
  // Of two guardrails that want different values, a human must choose.
  if (known !== undefined) return JSON.stringify(known) === JSON.stringify(cure.set);
  parent[last] = cure.set;
  return true;
}
