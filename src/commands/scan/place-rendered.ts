import type { Position } from '../../yaml/position.ts';
import type { Input } from './input.ts';

/** Where a human has to look. Of what was rendered: where it was written, or the start of that file and the line in what was rendered. */
export function placed(
  { rendered }: Input,
  { line, column }: Position,
  message: string,
  path: string | null = null,
): Position & { message: string } {
  if (rendered === undefined) return { line, column, message };
  const place = rendered.place({ line, column }, path);
  return place === null
    ? { ...(rendered.start ?? { line: 1, column: 1 }), message: `${message} (rendered, line ${line})` }
    : { ...place, message };
}

/** The line beside which a comment would have to be: of the text, or of the file where rendering drops comments; null where that is unknown. */
export function lineOfComment({ rendered }: Input, position: Position, path: string): number | null {
  return rendered?.comments === undefined ? position.line : (rendered.place(position, path)?.line ?? null);
}
