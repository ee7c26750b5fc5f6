import { goQuote } from '../go-quote.ts';
import { CelError } from '../value.ts';
import type { Opaque } from '../value.ts';
import { AddressError, parseAddress } from './address.ts';
import { escape, isEncoded, unescape } from './url-escape.ts';
import type { Part } from './url-escape.ts';

/** A URL as Go's net/url parses it. Texts are latin1: one character for each byte of UTF-8. */
export class GoUrl implements Opaque {
  readonly opaque = 'kubernetes.URL';
  scheme = '';
  /** What follows the scheme where no slash does. */
  rest = '';
  user: readonly [name: string, password?: string] | null = null;
  host = '';
  path = '';
  /** As written. */
  rawPath = '';
  query = '';
  hasQuery = false;
  fragment = '';
  rawFragment = '';
  hasNoHost = false;

  equals(other: Opaque): boolean | CelError {
    return other instanceof GoUrl ? this.text === other.text : new CelError('no such overload');
  }

  get escapedPath(): string {
    return chosen(this.rawPath, this.path, 'path') ?? (this.path === '*' ? '*' : escape(this.path, 'path'));
  }

  get text(): string {
    const body = this.rest === '' ? this.#authority() + this.#leadingSlash() + this.escapedPath : this.rest;
    const fragment =
      this.fragment === '' ? '' : `#${chosen(this.rawFragment, this.fragment, 'fragment') ?? escape(this.fragment, 'fragment')}`;
    return `${this.scheme === '' ? '' : `${this.scheme}:`}${body}${this.hasQuery || this.query !== '' ? `?${this.query}` : ''}${fragment}`;
  }

  #authority(): string {
    if (this.scheme === '' && this.host === '' && this.user === null) return '';
    if (this.hasNoHost && this.host === '' && this.user === null) return '';
    const slashes = this.host !== '' || this.path !== '' || this.user !== null ? '//' : '';
    return `${slashes}${this.user === null ? '' : `${this.user.map((part) => escape(part ?? '', 'user')).join(':')}@`}${escape(this.host, 'host')}`;
  }

  #leadingSlash(): string {
    return this.path !== '' && !this.escapedPath.startsWith('/') && this.host !== '' ? '/' : '';
  }
}

/** The encoding as it was written, where it is one of that text. */
function chosen(raw: string, decoded: string, part: Part): string | undefined {
  return raw !== '' && isEncoded(raw, part) && unescape(raw, part) === decoded ? raw : undefined;
}

/** As `url.ParseRequestURI`: an absolute URI or path, with no fragment cut off. */
export function parseRequestUri(text: string): GoUrl | CelError {
  const parsed = parse(Buffer.from(text).toString('latin1'), true);
  return typeof parsed === 'string' ? new CelError(`parse ${goQuote(text)}: ${parsed}`) : parsed;
}

/** As `url.Parse`. */
export function parseUrl(text: string): GoUrl | CelError {
  const mark = text.indexOf('#');
  const before = mark === -1 ? text : text.slice(0, mark);
  const parsed = parse(Buffer.from(before).toString('latin1'), false);
  if (typeof parsed === 'string') return new CelError(`parse ${goQuote(before)}: ${parsed}`);
  const fragment = mark === -1 ? '' : Buffer.from(text.slice(mark + 1)).toString('latin1');
  const decoded = unescape(fragment, 'fragment');
  if (typeof decoded !== 'string') return new CelError(`parse ${goQuote(text)}: ${decoded.message}`);
  parsed.fragment = decoded;
  parsed.rawFragment = fragment;
  return parsed;
}

/** A string says what is wrong. */
function parse(text: string, isRequest: boolean): GoUrl | string {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(text)) return 'net/url: invalid control character in URL';
  if (text === '' && isRequest) return 'empty url';
  const url = new GoUrl();
  if (text === '*') {
    url.path = '*';
    return url;
  }
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text)?.[1] ?? '';
  if (text.startsWith(':')) return 'missing protocol scheme';
  url.scheme = scheme.toLowerCase();
  return parseRest(url, cutQuery(url, scheme === '' ? text : text.slice(scheme.length + 1)), isRequest);
}

function cutQuery(url: GoUrl, text: string): string {
  const mark = text.indexOf('?');
  if (mark === -1) return text;
  url.hasQuery = mark === text.length - 1;
  url.query = text.slice(mark + 1);
  return text.slice(0, mark);
}

function parseRest(url: GoUrl, rest: string, isRequest: boolean): GoUrl | string {
  if (!rest.startsWith('/')) {
    if (url.scheme !== '') {
      url.rest = rest;
      return url;
    }
    if (isRequest) return 'invalid URI for request';
    if (/^[^/]*:/.test(rest)) return 'first path segment in URL cannot contain colon';
  }
  const hasAuthority = rest.startsWith('//') && (url.scheme !== '' || (!isRequest && !rest.startsWith('///')));
  url.hasNoHost = !hasAuthority && url.scheme !== '' && rest.startsWith('/');
  const path = hasAuthority ? (/\/.*$/s.exec(rest.slice(2))?.[0] ?? '') : rest;
  const wrong = hasAuthority ? parseAuthority(url, rest.slice(2, rest.length - path.length)) : undefined;
  return wrong ?? setPath(url, path);
}

function setPath(url: GoUrl, path: string): GoUrl | string {
  const decoded = unescape(path, 'path');
  if (typeof decoded !== 'string') return decoded.message;
  url.path = decoded;
  url.rawPath = path;
  return url;
}

function parseAuthority(url: GoUrl, authority: string): string | undefined {
  const at = authority.lastIndexOf('@');
  const host = parseHost(url.scheme, authority.slice(at + 1));
  if (typeof host !== 'string') return host.message;
  url.host = host;
  if (at === -1) return undefined;
  const user = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) return 'net/url: invalid userinfo';
  const colon = user.indexOf(':');
  const parts = (colon === -1 ? [user] : [user.slice(0, colon), user.slice(colon + 1)]).map((part) => unescape(part, 'user'));
  const wrong = parts.find((part) => part instanceof CelError);
  if (wrong !== undefined) return wrong.message;
  url.user = parts as [string, string?];
  return undefined;
}

/** The host with its port, decoded. */
function parseHost(scheme: string, host: string): string | CelError {
  const open = host.lastIndexOf('[');
  if (open > 0) return new CelError('invalid IP-literal');
  if (open === 0) return parseLiteral(host);
  const colon = scheme === 'http' || scheme === 'https' ? host.indexOf(':') : host.lastIndexOf(':');
  if (colon !== -1 && !/^:\d*$/.test(host.slice(colon))) return new CelError(`invalid port ${goQuote(utf8(host.slice(colon)))} after host`);
  return unescape(host, 'host');
}

/** `[fe80::1%25en0]:80` */
function parseLiteral(host: string): string | CelError {
  const close = host.lastIndexOf(']');
  if (close === -1) return new CelError("missing ']' in host");
  const port = host.slice(close + 1);
  if (!/^(:\d*)?$/.test(port)) return new CelError(`invalid port ${goQuote(utf8(port))} after host`);
  const name = host.slice(1, close);
  const zone = name.indexOf('%25');
  const decoded = unescape(zone === -1 ? name : name.slice(0, zone), 'host');
  const decodedZone = zone === -1 ? '' : unescape(name.slice(zone), 'zone');
  if (typeof decoded !== 'string') return decoded;
  if (typeof decodedZone !== 'string') return decodedZone;
  const address = parseAddress(utf8(decoded + decodedZone));
  if (address instanceof AddressError) return new CelError(`invalid host: ${address.message}`);
  return address.bytes.length === 4 ? new CelError('invalid IP-literal') : `[${decoded}${decodedZone}]${port}`;
}

const utf8 = (text: string): string => Buffer.from(text, 'latin1').toString();
