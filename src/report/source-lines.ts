/** Lines of a file without their ends; line N of a position is item N - 1. Columns do not count a byte order mark. */
export const sourceLines = (text: string): string[] => text.replace(/^\uFEFF/, '').split(/\r?\n/);

/** Lines of the files of a report, each split once; none of a file whose text is not known. */
export function linesOf(sources: ReadonlyMap<string, string>): (file: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (file) => {
    const text = sources.get(file);
    const lines = known.get(file) ?? (text === undefined ? [] : sourceLines(text));
    known.set(file, lines);
    return lines;
  };
}
