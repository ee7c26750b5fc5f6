import type { Overload } from '../function.ts';
import { sizeOf, traversal } from '../size.ts';
import { bool, list, map, opaque, string } from '../type.ts';
import { CelError, isError, MapValue } from '../value.ts';
import type { Value } from '../value.ts';
import { costs, global, method } from './declare.ts';
import { unescape } from './url-escape.ts';
import { parseRequestUri, parseUrl } from './url-value.ts';
import type { GoUrl } from './url-value.ts';

const type = opaque('kubernetes.URL');

/** Kubernetes' functions of URLs. */
export const urls: readonly Overload[] = [
  global(
    'url',
    [string],
    type,
    toUrl,
    costs(([text]) => traversal(sizeOf(text ?? null))),
  ),
  global('isURL', [string], bool, (text: string) => !isError(parseRequestUri(text))),
  method('getScheme', [type], string, ({ scheme }: GoUrl) => scheme),
  method('getHost', [type], string, ({ host }: GoUrl) => utf8(host)),
  method('getHostname', [type], string, ({ host }: GoUrl) => utf8(splitHost(host)[0])),
  method('getPort', [type], string, ({ host }: GoUrl) => splitHost(host)[1]),
  method('getEscapedPath', [type], string, ({ escapedPath }: GoUrl) => utf8(escapedPath)),
  method('getQuery', [type], map(string, list(string)), ({ query }: GoUrl) => queryMap(query)),
];

/** It must be an absolute URI or path; only then is a fragment cut off. */
function toUrl(text: string): Value {
  const request = parseRequestUri(text);
  const url = isError(request) ? request : parseUrl(text);
  return isError(url) ? new CelError(`URL parse error during conversion from string: ${url.message}`) : url;
}

const utf8 = (text: string): string => Buffer.from(text, 'latin1').toString();

/** Without the brackets of an IPv6 address. */
function splitHost(text: string): readonly [host: string, port: string] {
  const colon = text.lastIndexOf(':');
  const hasPort = colon !== -1 && /^:\d*$/.test(text.slice(colon));
  const host = hasPort ? text.slice(0, colon) : text;
  return [/^\[.*\]$/s.test(host) ? host.slice(1, -1) : host, hasPort ? text.slice(colon + 1) : ''];
}

/** Go reads no query of more parameters. */
const MOST = 10_000;

/** What cannot be decoded is left out. */
function queryMap(query: string): MapValue {
  const settings = query.split('&');
  const values = new Map<string, string[]>();
  for (const setting of settings.length > MOST ? [] : settings) {
    if (setting === '' || setting.includes(';')) continue;
    const mark = setting.indexOf('=');
    const key = unescape(mark === -1 ? setting : setting.slice(0, mark), 'query');
    const value = unescape(mark === -1 ? '' : setting.slice(mark + 1), 'query');
    if (typeof key !== 'string' || typeof value !== 'string') continue;
    const known = values.get(utf8(key));
    if (known === undefined) values.set(utf8(key), [utf8(value)]);
    else known.push(utf8(value));
  }
  return new MapValue(new Map([...values].map(([key, list]) => [key, [key, list] as const])));
}
