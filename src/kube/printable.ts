/** Controls, line and paragraph separators, halves of surrogate pairs, and marks that reorder or hide text. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Almost every text is plain ASCII, which a look-up in a table tells four times as fast. */
const beyondAscii = /[^ -~]/;

/** Text from an object as one harmless line of a terminal, a log or a warning: what cannot be seen is written as `\u{…}`. */
export const printable = (text: string): string =>
  beyondAscii.test(text) ? text.replaceAll(unprintable, (mark) => `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`) : text;
