import { parseEvents, YAMLException } from 'js-yaml';
import type { Event } from 'js-yaml';

/** Events of a text in which some lines were indented further; `offset` leads from that text back to the one that was given. */
export interface ParsedText {
  readonly source: string;
  readonly events: readonly Event[];
  readonly offset: (moved: number) => number;
}

/**
 * Parses as js-yaml does, but lets the lines of a list in brackets, a map in braces or a quoted text start anywhere, as kubectl does:
 * js-yaml refuses a closing bracket below the key it belongs to. White space at the start of those lines means nothing, so adding some is safe.
 * Throws YAMLException, and offsets in it are into `text`.
 */
export function parseAnyIndent(text: string, maxDepth: number): ParsedText {
  const padded: number[] = [];
  let source = text;
  for (;;) {
    try {
      return { source, events: parseEvents(source, { maxDepth }), offset: backFrom(padded) };
    } catch (error) {
      const line = shallowLine(source, error);
      if (line === -1 || (padded.length + 1) * source.length > budget) throw withOffset(error, backFrom(padded));
      padded.push(line);
      source = source.slice(0, line) + padding + source.slice(line);
    }
  }
}

const padding = ' '.repeat(40);

/** Characters parsed again before giving up: half a second or so. */
const budget = 8_000_000;

/** Start of the line that js-yaml finds too shallow, or -1 if something else is wrong. */
function shallowLine(source: string, error: unknown): number {
  if (!(error instanceof YAMLException) || error.reason !== 'deficient indentation') return -1;
  const position = error.mark?.position ?? 0;
  const line = source.lastIndexOf('\n', position - 1) + 1;
  return line > 0 && source.slice(line, position).trim() === '' ? line : -1;
}

/** Lines are padded in rising order, so each entry is an offset into the final text. */
function backFrom(padded: readonly number[]): (moved: number) => number {
  return (moved) => {
    const before = padded.filter((line) => line <= moved);
    const last = before.at(-1);
    if (last === undefined) return moved;
    return Math.max(last - padding.length * (before.length - 1), moved - padding.length * before.length);
  };
}

function withOffset(error: unknown, offset: (moved: number) => number): unknown {
  if (error instanceof YAMLException && error.mark !== undefined) error.mark.position = offset(error.mark.position);
  return error;
}
