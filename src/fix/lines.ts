/** Where the line of `at` begins; a byte order mark is not part of it. */
export function lineStart(text: string, at: number): number {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  return start === 0 && text.startsWith('\uFEFF') ? 1 : start;
}

/** Where the line of `at` ends, before its line end. */
export function lineEnd(text: string, at: number): number {
  const feed = text.indexOf('\n', at);
  if (feed === -1) return text.length;
  return feed > at && text[feed - 1] === '\r' ? feed - 1 : feed;
}

/** Columns from 0. */
export const column = (text: string, at: number): number => at - lineStart(text, at);

/** Where the line end before the line of `at` begins. */
export function previousLineEnd(text: string, at: number): number {
  const start = text.lastIndexOf('\n', at - 1);
  return text[start - 1] === '\r' ? start - 1 : start;
}

/** Nothing but white space stands before it on its line. */
export const opensLine = (text: string, at: number): boolean => /^[ \t]*$/.test(text.slice(lineStart(text, at), at));

/** The line end that most lines have. */
export function lineEnding(text: string): '\r\n' | '\n' {
  const feeds = text.split('\n').length - 1;
  return (text.split('\r\n').length - 1) * 2 > feeds ? '\r\n' : '\n';
}
