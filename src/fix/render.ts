import type { Json, JsonObject } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import { resolvePlain } from '../yaml/scalar.ts';
import type { FlowStyle, Style } from './style.ts';
import { plainFlow } from './style.ts';

/** What stands behind a key or a dash: text on its line, or lines of their own. */
export type Rendered = { readonly inline: string } | { readonly lines: readonly string[] };

/** A value as block YAML. The lines of a map are not indented, those of a list behind a key neither. */
export function renderBlock(value: Json, style: Style): Rendered {
  if (Array.isArray(value) && value.length > 0 && !inBrackets(value, style))
    return { lines: value.flatMap((item) => itemLines(item, style)) };
  if (isObject(value) && Object.keys(value).length > 0) return { lines: mapLines(value, style) };
  return { inline: renderFlow(value, { ...plainFlow, quoted: style.quoted }) };
}

/** Lines of the entries of a map, the outermost not indented. */
const mapLines = (map: JsonObject, style: Style): string[] =>
  Object.entries(map).flatMap(([key, value = null]) => entryLines(key, value, style));

/** Lines of one entry. */
export function entryLines(name: string, value: Json, style: Style): string[] {
  const key = scalarText(name, style.quoted);
  const rendered = renderBlock(value, style);
  if ('inline' in rendered) return [`${key}: ${rendered.inline}`];
  const indent = ' '.repeat(Array.isArray(value) ? style.listIndent : style.mapIndent);
  return [`${key}:`, ...rendered.lines.map((line) => indent + line)];
}

function itemLines(item: Json, style: Style): string[] {
  const rendered = renderBlock(item, style);
  if ('inline' in rendered) return [`- ${rendered.inline}`];
  return rendered.lines.map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`));
}

const inBrackets = (list: readonly Json[], style: Style): boolean =>
  style.brackets && list.every((item) => typeof item !== 'object') && JSON.stringify(list).length < 80;

/** A value in braces or brackets. Lines after the first are indented for a value that stands on a line with `base`. */
export function renderFlow(value: Json, style: FlowStyle): string {
  if (Array.isArray(value)) {
    const items = value.map((item) => renderFlow(item, inner(style)));
    return enclose('[', items, ']', { ...style, pad: '' });
  }
  if (!isObject(value)) return scalarText(value, style.quoted);
  const entries = Object.entries(value).map(([key, item = null]) => flowEntry(key, item, inner(style)));
  return enclose('{', entries, '}', style);
}

/** `key: value` as it stands in braces. */
export const flowEntry = (key: string, value: Json, style: FlowStyle): string =>
  `${scalarText(key, style.quoted)}${style.colon}${renderFlow(value, style)}`;

const inner = (style: FlowStyle): FlowStyle =>
  style.lines === null ? style : { ...style, lines: { ...style.lines, base: style.lines.base + style.lines.step } };

/** JSON goes on lines of its own where what stands around it does; braces inside YAML are short. */
function enclose(open: string, parts: readonly string[], close: string, { quoted, comma, pad, lines }: FlowStyle): string {
  if (parts.length === 0) return open + close;
  if (lines === null || !quoted) return `${open}${pad}${parts.join(comma)}${pad}${close}`;
  const { base, step, ending } = lines;
  return `${open}${parts.map((part) => `${ending}${base}${step}${part}`).join(',')}${ending}${base}${close}`;
}

/** Plain where every reader takes it for the same text, else in double quotes. */
function scalarText(value: string | number | boolean | null, quoted: boolean): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const plain = !quoted && /^[A-Za-z/_][\w./-]*$/.test(value) && resolvePlain(value) === value;
  return plain ? value : escapeControls(JSON.stringify(value));
}

/** JSON allows characters that YAML refuses. */
const escapeControls = (text: string): string =>
  text.replaceAll(/[\x7F-\x9F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
