/** A stretch of a file that kubectl hands to its YAML reader as one document. */
export interface Chunk {
  readonly start: number;
  readonly end: number;
  /** Offset of a separator line that kubectl refuses (`--- text`, `----`), if that is what ends the chunk. */
  readonly badSeparator?: number;
}

/**
 * Cuts text at every line that begins with `---`, as kubectl does before any YAML is read, so also inside block scalars and quotes.
 * A separator with nothing before it belongs to the chunk that it opens.
 */
export function splitDocuments(text: string, from = 0): Chunk[] {
  const chunks: Chunk[] = [];
  let start = from;
  for (let at = nextSeparator(text, from, from); at !== -1; at = nextSeparator(text, at + 3, from)) {
    const lineEnd = endOfLine(text, at);
    const bad = !/^\s*(#|$)/.test(text.slice(at + 3, lineEnd));
    if (bad) chunks.push({ start, end: lineEnd, badSeparator: at });
    else if (at > start) chunks.push({ start, end: at });
    else continue;
    start = lineEnd;
  }
  if (start < text.length) chunks.push({ start, end: text.length });
  return chunks;
}

function nextSeparator(text: string, at: number, from: number): number {
  if (at === from && text.startsWith('---', at)) return at;
  const found = text.indexOf('\n---', at);
  return found === -1 ? -1 : found + 1;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}
