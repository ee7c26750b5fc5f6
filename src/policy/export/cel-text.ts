/** A string as CEL writes it. */
export const quoted = (text: string): string => `'${text.replaceAll(/['\\\p{Cc}\p{Cs}]/gu, escaped)}'`;

/** A list of strings. */
export const quotedList = (texts: readonly string[]): string => `[${texts.map(quoted).join(', ')}]`;

/** What no terminal shows is written by its number; half of a surrogate pair, which CEL cannot say, is replaced. */
function escaped(character: string): string {
  const code = character.charCodeAt(0);
  if (code >= 0xd800 && code <= 0xdfff) return '\uFFFD';
  return code >= 0x20 && code < 0x7f ? `\\${character}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** A pattern for a namespace or another name, `*` standing for any characters, as RE2 has it. */
export const globPattern = (pattern: string): string =>
  `^${pattern
    .split('*')
    .map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`))
    .join('.*')}$`;

/** Messages of an admission policy are one line. */
export const oneLine = (text: string): string => text.replaceAll(/\s+/gu, ' ').trim();
