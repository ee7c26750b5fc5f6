import type { Position } from '../../yaml/position.ts';

/**
 * Answers where in a template the text of a rendered line was written: where the line stands there literally, or with a `{{ … }}` in the
 * place of some of it. Of several such lines, the one between its neighbours; null where that leaves more than one.
 */
export function templatePlaces(template: string, rendered: string): (position: Position) => Position | null {
  const written = template.split('\n');
  const made = rendered.split('\n');
  const byText = Map.groupBy(written.keys(), (index) => written[index]?.trim() ?? '');
  const holed = written.flatMap((line, index) => (/\{\{.*\}\}/.test(line) ? [{ index, pattern: around(line.trim()) }] : []));
  const candidates = made.map((line) => candidatesOf(line.trim(), byText, holed));
  return ({ line, column }) => {
    const index = between(candidates, line - 1);
    if (index === null) return null;
    const shift = indentOf(written[index]) - indentOf(made[line - 1]);
    return { line: index + 1, column: Math.max(1, column + shift) };
  };
}

interface HoledLine {
  readonly index: number;
  readonly pattern: { readonly before: string; readonly after: string };
}

/** Only what stands before the first and after the last hole is compared: linear, whatever the line. */
function around(line: string): HoledLine['pattern'] {
  const [from, to] = [line.indexOf('{{'), line.lastIndexOf('}}') + 2];
  const [before, after] = [line.slice(0, from), line.slice(to)];
  // A hyphen takes the white space with it, and a line end where the value begins with one.
  return { before: line[from + 2] === '-' ? before.trimEnd() : before, after: line[to - 3] === '-' ? after.trimStart() : after };
}

function candidatesOf(text: string, byText: ReadonlyMap<string, readonly number[]>, holed: readonly HoledLine[]): readonly number[] {
  if (text === '' || text === '---') return [];
  const literal = byText.get(text);
  if (literal) return literal;
  // A key or a dash before the hole ties the line to what was rendered from it; a bare hole could be anything.
  return holed.filter(({ pattern: { before, after } }) => /[:-]/.test(before) && fits(text, before, after)).map(({ index }) => index);
}

const fits = (text: string, before: string, after: string): boolean =>
  text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after);

function between(candidates: readonly (readonly number[])[], at: number): number | null {
  const own = candidates[at] ?? [];
  if (own.length <= 1) return own[0] ?? null;
  const only = (index: number): number[] => (candidates[index]?.length === 1 ? [...(candidates[index] ?? [])] : []);
  const before =
    candidates
      .slice(0, at)
      .flatMap((_, index) => only(index))
      .at(-1) ?? -1;
  const after = candidates.slice(at + 1).flatMap((_, index) => only(at + 1 + index))[0] ?? Infinity;
  const inside = own.filter((index) => index > before && index < after);
  return inside.length === 1 ? (inside[0] ?? null) : null;
}

const indentOf = (line = ''): number => line.length - line.trimStart().length;
