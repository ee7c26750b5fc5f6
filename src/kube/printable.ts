/** C0 and C1 controls, line and paragraph separators, and marks that reorder or hide text. */
const unprintable =
  // oxlint-disable-next-line no-control-regex -- control characters are what it is for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text from an object as one harmless line of a terminal, a log or a warning: what cannot be seen is written as `\u{…}`. */
export const printable = (text: string): string =>
  text.replaceAll(unprintable, (mark) => `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`);
