/** A text as Go's `%q` writes it: between quotes, with what cannot be printed escaped. */
export const goQuote = (text: string): string => `"${plain.test(text) ? text : Array.from(text, escaped).join('')}"`;

const plain = /^[ !#-[\]-~]*$/;

const short: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/** Go prints letters, marks, numbers, punctuation, symbols and the ASCII space. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

function escaped(character: string): string {
  const known = short[character];
  if (known !== undefined) return known;
  if (printable.test(character)) return character;
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x80) return `\\x${hex(point, 2)}`;
  // Half of a pair cannot stand in Go's text: it reads as U+FFFD, which it prints.
  if (point >= 0xd800 && point <= 0xdfff) return '\ufffd';
  return point > 0xffff ? `\\U${hex(point, 8)}` : `\\u${hex(point, 4)}`;
}

const hex = (point: number, digits: number): string => point.toString(16).padStart(digits, '0');
