/** A place of a template that a value of the chart fills. */
export interface ValuesReference {
  /** `['image', 'tag']` of `{{ .Values.image.tag }}`. */
  readonly key: readonly string[];
  /** From 1. */
  readonly line: number;
  /** The field that it fills: the key on its line, or the one that opens the lines above it. */
  readonly field: string;
}

/**
 * Where a template writes values, also through `with`. Control lines (`if`, `with`) fill nothing themselves.
 * A helper that reads values out of sight is not followed.
 */
export function valuesReferences(template: string): ValuesReference[] {
  const dots: Dot[] = [];
  const found: ValuesReference[] = [];
  let opener = '';
  for (const [index, whole] of template.split('\n').entries()) {
    const line = whole.slice(0, MAX_LINE);
    const own = keyBefore(line);
    for (const [, action = ''] of line.matchAll(actions)) {
      if (opens(action, dots)) continue;
      const field = own ?? opener;
      if (field !== '') found.push(...keysIn(action, dots.at(-1) ?? null).map((key) => ({ key, line: index + 1, field })));
    }
    opener = openedBy(line) ?? opener;
  }
  return found;
}

/** Nobody writes a longer one, and the patterns below are not linear. */
const MAX_LINE = 2000;

/** What `.` stands for: a value of the chart, or something else. */
type Dot = readonly string[] | null;

const actions = /\{\{-?\s*(.*?)\s*-?\}\}/g;

/** Takes note of what begins or ends a block, and answers whether the action does. */
function opens(action: string, dots: Dot[]): boolean {
  const word = /^\w+/.exec(action)?.[0];
  if (word === 'with') dots.push(keysIn(action, dots.at(-1) ?? null)[0] ?? null);
  else if (word === 'if') dots.push(dots.at(-1) ?? null);
  else if (word === 'range' || word === 'define' || word === 'block') dots.push(null);
  else if (word === 'end') dots.pop();
  return word !== undefined && ['with', 'if', 'range', 'define', 'block', 'end', 'else'].includes(word);
}

/** `.Values.a.b`; where `.` is a value itself, also `.` and `.b`. */
function keysIn(action: string, dot: Dot): string[][] {
  const named = [...action.matchAll(/(?<![\w)])\$?\.Values((?:\.\w[\w-]*)+)/g)].map(([, key = '']) => key.slice(1).split('.'));
  if (dot === null) return named;
  const inside = [...action.matchAll(/(?:^|[\s(])\.((?:\w[\w-]*\.)*\w[\w-]*)?(?=$|[\s)|])/g)].filter(
    ([, key]) => !/^Values\b/.test(key ?? ''),
  );
  return [...named, ...inside.map(([, key]) => [...dot, ...(key?.split('.') ?? [])])];
}

/** The key on a line whose value begins with a `{{`. */
const keyBefore = (line: string): string | null => /^\s*(?:- +)*"?([\w./-]+)"?:\s*["']?[^"'{]*\{\{/.exec(line)?.[1] ?? null;

/** The key of a line that leaves its value to the lines below. */
const openedBy = (line: string): string | null => /^\s*(?:- +)*"?([\w./-]+)"?:\s*(?:#.*)?$/.exec(line)?.[1] ?? null;
