/** What both readers are tried on. `{{head}}` and `{{json}}` stand for the head of an object; a text without braces like these gets one in front. */
export interface Case {
  readonly name: string;
  readonly text: string;
  /** Where we differ from kubectl on purpose, and why. */
  readonly differs?: string;
}

/** The file that is read for a case; `name` tells its objects from those of other cases. */
export function fileOf(text: string, name: string): string {
  const head = `apiVersion: x/v1\nkind: X\nmetadata: {name: ${name}}`;
  const json = `"apiVersion":"x/v1","kind":"X","metadata":{"name":"${name}"}`;
  const whole = text.includes('{{') ? text : `{{head}}\n${text}`;
  return whole.replaceAll('{{head}}', head).replaceAll('{{json}}', json).replaceAll('{{none}}', '');
}

const plain =
  'yes no on off y n Y N Yes NO On OFF True TRUE tRUE true False 0o14 0O14 0o8 014 -014 08 09.5 0777 0x1f 0X1F -0x1F 0xg 0x 0b11 0B11 -0b11 +0b1 0b2 +1 -1 + - ' +
  '1e3 1E3 1e+3 1.e3 1e 1e+ e3 .5 5. +.5 -.5 . .. ._5 .5_0 .5__0 1_000 1__0 _1 1_ 0_7 0x_1 1:30 1:30.5 190:20:30 .inf +.inf -.INF .iNF .nan inf nan Infinity NaN ' +
  '~ null Null NULL nULL 2001-01-01 2001-12-14t21:59:43.10-05:00 1e400 -1e400 .1e400 1e-400 9007199254740993 9223372036854775807 9223372036854775808 ' +
  '18446744073709551615 18446744073709551616 -9223372036854775808 -9223372036854775809 +18446744073709551615 0x8000000000000000 0xFFFFFFFFFFFFFFFFF ' +
  '-0 -0.0 0 00 0.0 1.0 1.10 1.2.3 = << 1,000 0x1p4 .1e1_0 1e1_0 12e03 -- --- 1f 0d1 http://x:80/ a:b a#b 100m 1Gi 0.5';

const tagged =
  '!!int 5|!!int "5"|!!int five|!!int 1.5|!!int 0o14|!!float 5|!!float "5.5"|!!float x|!!float .5|!!float .inf|!!float 18446744073709551615|!!bool yes|!!bool "no"|!!bool 1|!!bool x|' +
  '!!null x|!!null ""|!!null ~|!!str 5|!!str yes|!!str ~|!!str|!!null|!!int|!!timestamp 2001-01-01|!!timestamp x|!!timestamp 5|!!timestamp 2001-02-30|!!timestamp 2001-12-14 21:59:43|' +
  '!!binary aGVsbG8=|!!binary x|!!binary gICA|!!binary ""|!!binary aGk|!!map x|!!seq x|!!set {b, c}|!!omap [b: c]|!!python/object:x {}|!foo x|!foo 5|!foo {b: c}|!foo [yes]|! 5|! "5"|! yes|' +
  '!<tag:yaml.org,2002:int> "5"|!!%69nt "5"|!%69nt 5|!e!x 5';

const keys =
  '1|1.5|1.0|true|yes|off|1e3|1e6|0x1F|014|.inf|-.inf|2001-01-01|1_0|123456789.5|0.00001|0.1|3.4e39|12345678901234567|9223372036854775807|9223372036854775808|~|null|""|"yes"|' +
  '[a]|{a: b}|!!binary aGk=|!!int "3"|!!str 4|!foo 5|__proto__|constructor|"<<"|a b|.|~x';

const files: readonly (readonly [name: string, text: string, differs?: string])[] = [
  ['the last of equal keys wins', 'a: 1\na: 2\n'],
  ['keys equal after quotes', 'a: {b: 1, "b": 2}\n'],
  ['__proto__ is a key like any other', '__proto__: {a: 1}\nconstructor: 2\nb: {__proto__: 3, "__proto__": 4}\n'],
  ['alias', 'a: &x {b: [1]}\nc: *x\n'],
  ['anchor used twice names the later value', 'a: &x 1\nb: &x 2\nc: *x\n'],
  ['alias as a key', 'a: &x k\n*x : 2\n'],
  ['alias before its anchor', 'a: *x\nb: &x 1\n'],
  ['alias inside its own value', 'a: &x [*x]\n'],
  ['alias inside its own map', 'a: &x {b: {c: *x}}\n'],
  ['merge key', 'a: &x {b: 1}\nc: {<<: *x, e: 2}\n'],
  ['merge key before: the key here wins', 'c: {<<: {b: 1}, b: 5}\n'],
  ['merge key after: the merged key wins', 'c: {b: 5, <<: {b: 1}}\n'],
  ['merge of a list: the first wins', 'c: {<<: [{b: 1}, {b: 2, d: 3}]}\n'],
  ['merge of aliases', 'a: &x {b: 1}\nc: &y {b: 2, g: 3}\nd: {<<: [*x, *y]}\n'],
  ['merge inside a merged map', 'a: &x {b: 1}\nc: &y {<<: *x}\nd: {<<: *y}\n'],
  ['quoted merge key is a key', 'c: {"<<": {b: 1}}\n'],
  ['merge tag on a quoted key', 'c: {!!merge "<<": {b: 1}}\n'],
  ['string tag on a merge key', 'c: {!!str <<: {b: 1}}\n'],
  ['bare tag on a merge key', 'c: {! <<: {b: 1}}\n'],
  ['merge of a scalar', 'c: {<<: 1}\n'],
  ['merge of null', 'c: {<<: null}\n'],
  ['merge of a list of scalars', 'c: {<<: [1]}\n'],
  ['merge of an alias to a list', 'a: &x [1]\nc: {<<: *x}\n'],
  ['merge value elsewhere is text', 'c: <<\n'],
  ['literal block', 'a: |\n  x\n   y\n\n  z\n'],
  ['literal block kept', 'a: |+\n  x\n\n\nb: c\n'],
  ['literal block stripped', 'a: |-\n  x\n\n\nb: c\n'],
  ['literal block without a last line break', 'a: |\n  x'],
  ['literal block kept without a last line break', 'a: |+\n  x'],
  ['folded block', 'a: >\n  x\n    y\n  z\n\n\n  w\n'],
  ['block with its indentation given', 'a: |2\n    x\n'],
  ['block with a tab', 'a: |\n  \tx\n  y\t\n', 'the tab can only be text'],
  ['block with a tab later', 'a: |\n  x\n  \ty\n \t\n  z\n'],
  ['empty block', 'a: |\nb: c\n'],
  ['comment after a block', 'a: |\n  x\n # c\nb: d\n'],
  ['comment inside a block', 'a: |\n  x\n  # c\nb: d\n'],
  ['comment in the header of a block', 'a: | # c\n  x\n'],
  ['blocks in a list', 'a:\n  - |\n   x\n  - >-\n   y\n'],
  ['separator inside a block', '{{head}}\na: |\n  x\n---\n{{head}}\nb: 1\n'],
  ['indented separator inside a block', 'a: |\n  x\n  ---\n  y\n'],
  ['separator inside quotes', '{{head}}\na: "x\n---\ny"\n'],
  ['quoted text over lines', 'a: "x\n\n  y\n   z"\nb: \'x\n  y\'\n'],
  ['quoted text at the first column', 'a: "x\ny"\n'],
  ['escaped line break', 'a: "x\\\n   y"\n'],
  ['escapes', 'a: "\\x41\\u00e9\\U0001F600\\t\\n\\0\\e\\_\\N\\L"\n'],
  ['escape of half a surrogate pair', 'a: "\\ud83d"\n'],
  ['escape of a surrogate pair', 'a: "\\ud83d\\ude00"\n'],
  ['unknown escape', 'a: "\\q"\n'],
  ['escaped slash', 'a: "\\/"\n', 'JSON allows it, and it can mean nothing else'],
  ['escaped single quote', 'a: "\\\'"\n', 'the parser knows no such escape'],
  ['doubled single quote', "a: 'it''s'\n"],
  ['plain text over lines', 'a: x\n  y\n\n  z\n'],
  ['comment between lines of plain text', 'a: x\n  # c\n  y\n'],
  ['apostrophe in plain text', "a: it's\n"],
  ['hash without a space', 'a: b#c #d\n'],
  ['colon in plain text', 'a: b:c\n'],
  ['two colons', 'a: b: c\n'],
  ['list on the line of a key', 'a: - b\n'],
  ['list at the level of its key', 'a:\n- b\n- c\nd: e\n'],
  ['list in a list', 'a:\n- - b\n  - c\n- d\n'],
  ['map under a list by two spaces', 'a:\n  - b\n  c: d\n'],
  ['empty items', 'a:\n-\n- \n- b\nc:\n'],
  ['explicit keys', 'c:\n  ? a\n  : b\n  ? d\n'],
  ['space before the colon', 'a : b\n"c" : d\n'],
  ['no space after a quoted key', 'a: {"b":c}\n'],
  ['no space after a plain key', 'a: {x:1}\n'],
  ['URL in a list in brackets', 'a: [http://x:80]\n'],
  ['pair in a list in brackets', 'a: [b: c, d]\n'],
  ['keys without values in braces', 'a: {b, c: d, e: }\n'],
  ['comma only', 'a: [,]\n'],
  ['trailing comma', 'a: [b,]\nc: {d: e,}\n'],
  ['closing bracket below its key', 'a:\n  b: [\n    "x"\n  ]\n  c: d\n'],
  ['closing brace at the first column', 'a: {\n  "b": 1\n}\nc: d\n'],
  ['items at the first column', 'a: [\nb,\n# c\nd\n]\n'],
  ['tabs inside braces', 'a: {"x": 1,\n\t"y":\t2}\n'],
  ['tab before a value', 'a:\tb\n'],
  ['tab before a comment', 'a: b\t# c\n'],
  ['tab as indentation', 'a:\n\tb: c\n'],
  ['tab on a blank line', 'a: b\n\t\nc: d\n', 'a blank line can mean nothing else'],
  ['tab before a comment line', 'a: b\n\t# c\nd: e\n', 'a comment can mean nothing else'],
  ['tab after a dash', 'a:\n-\tb\n', 'it can mean nothing else'],
  ['dash alone in brackets', 'a: [-]\n', 'the parser takes it for the start of a list'],
  ['key of 1,100 characters', `${'x'.repeat(1100)}: 1\n`, 'it can mean nothing else'],
  ['at sign', 'a: @b\n'],
  ['percent sign', 'a: %b\n'],
  ['back quote', 'a: `b\n'],
  ['unclosed bracket', 'a: [b\n'],
  ['unclosed quote', 'a: "b\n'],
  ['wrong indentation', 'a:\n   b: c\n  d: e\n'],
  ['text after a quoted value', 'a: "b" c\n'],
  ['version directive', '%YAML 1.1\n---\n{{head}}\na: 1\n'],
  ['tag directive', '%TAG !e! tag:yaml.org,2002:\n---\n{{head}}\na: !e!int "5"\n'],
  ['comment after a separator', '--- # c\n{{head}}\na: 1\n'],
  ['separators in a row', '---\n---\n{{head}}\na: 1\n---\n---\n'],
  ['text after a separator', '{{head}}\na: 1\n--- {{json}}\n'],
  ['four dashes', '{{head}}\na: 1\n----\n{{head}}\nb: 2\n'],
  ['spaces after a separator', '{{head}}\na: 1\n---  \t\n{{head}}\nb: 2\n'],
  ['end marker: the rest is not read', '{{head}}\na: 1\n...\n{{head}}\nb: 2\n'],
  ['end marker before a separator', '{{head}}\na: 1\n...\n---\n{{head}}\nb: 2\n'],
  ['end marker first', '...\n{{head}}\na: 1\n'],
  ['nothing at all', '{{none}}'],
  ['comments only', '{{none}}# c\n---\n# d\n'],
  ['null document', '---\nnull\n---\n{{head}}\na: 1\n'],
  ['byte order mark', '\uFEFF{{head}}\na: 1\n'],
  ['byte order mark before a separator', '\uFEFF---\n{{head}}\na: 1\n'],
  ['byte order mark before JSON', '\uFEFF{{{json}}, "a": 1}\n'],
  ['Windows line ends', '{{head}}\r\na: |\r\n  x\r\n  y\r\nb:\r\n- c\r\n---\r\n{{head}}\r\nd: "e\r\n  f"\r\n'],
  ['carriage returns alone', 'a: b\rc: d\n'],
  ['line separator', 'a: b\u2028c: d\n', 'editors and readers differ on whether it ends the line'],
  ['next line character', 'a: b\u0085c: d\n', 'editors and readers differ on whether it ends the line'],
  ['no-break space', 'a: \u00A0b\u00A0\n'],
  ['control character', 'a: \u0007\n'],
  ['control character in quotes', 'a: "\u0001"\n'],
  ['characters beyond 16 bits', 'a: 😀\n"😀": "\u{10FFFF}"\n'],
  ['JSON', '{{{json}}, "a": [1, 2.50, 1e3, -0, "yes", null, true]}\n'],
  ['JSON with tabs', '{\n\t{{json}},\n\t"a": [\n\t\t1\n\t]\n}\n'],
  ['JSON with equal keys', '{{{json}}, "a": 1, "a": 2}\n'],
  ['JSON with __proto__', '{{{json}}, "__proto__": {"a": 1}}\n'],
  ['JSON with escapes', '{{{json}}, "a": "\\u00e9\\ud83d\\ude00\\/"}\n'],
  ['JSON with half a surrogate pair', '{{{json}}, "a": "\\ud83d"}\n'],
  ['JSON with a large number', '{{{json}}, "a": 9007199254740993, "b": 18446744073709551615}\n'],
  ['JSON objects in a row', '{{{json}}, "a": 1}{{{json}}, "a": 2}\n{{{json}}, "a": 3}\n'],
  ['JSON, separator, YAML', '{{{json}}, "a": 1}\n---\n{{head}}\nb: 2\n'],
  ['JSON, separator, JSON', '{{{json}}, "a": 1}\n---\n{{{json}}, "a": 2}\n---\n{{{json}}, "a": 3}\n'],
  ['two JSON objects, then YAML', '{{{json}}, "a": 1}\n{{{json}}, "a": 2}\n---\n{{head}}\nb: 2\n'],
  ['JSON with a trailing comma is YAML', '{{{json}}, "a": 1,}\n'],
  ['JSON with a comment is YAML', '{ # c\n{{json}}, "a": 1}\n'],
  ['YAML in braces', '{{{json}}, a: yes}\n'],
  ['broken JSON', '{{{json}}, "a": {"b": ]}\n'],
  ['braces, then more', '{{{json}}, a: 1}\nb: 2\n'],
  ['YAML, then JSON', '{{head}}\na: 1\n---\n{{{json}}, "a": 014}\n'],
  ['deep nesting', `a: ${'['.repeat(30)}${']'.repeat(30)}\n`],
  ['too deep nesting', `a: ${'['.repeat(10100)}${']'.repeat(10100)}\n`],
  ['ten levels of ten aliases', laughs()],
];

/** Every case, scalars in each place where the grammar treats them differently. */
export const cases: readonly Case[] = [
  ...plain
    .split(' ')
    .flatMap((text): Case[] => [
      { name: `plain ${text}`, text: `a: ${text}\n` },
      { name: `quoted ${text}`, text: `a: "${text}"\n` },
      ...(text === '-' ? [] : [{ name: `${text} in braces`, text: `a: {b: ${text}, c: [${text}]}\n` }]),
    ]),
  ...tagged.split('|').map((text) => ({ name: `tagged ${text}`, text: `a: ${text}\n` })),
  ...keys.split('|').map((text) => ({ name: `key ${text}`, text: `c:\n  ? ${text}\n  : v\n` })),
  ...files.map(([name, text, differs]) => ({ name, text, ...(differs === undefined ? {} : { differs }) })),
];

function laughs(): string {
  const levels = Array.from(
    { length: 10 },
    (_, level) =>
      `a${level}: &a${level} [${Array(10)
        .fill(level === 0 ? 'x' : `*a${level - 1}`)
        .join(', ')}]\n`,
  );
  return levels.join('');
}
