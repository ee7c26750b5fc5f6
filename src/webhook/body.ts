import type { FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { excess } from './nesting.ts';
import type { JsonLimits } from './nesting.ts';
import type { RefusalCode } from './refusal.ts';

export interface BodyLimits extends JsonLimits {
  readonly bodyBytes: number;
  /** Requests whose body is on its way or that are being judged. */
  readonly inFlight: number;
  /** Bytes of bodies held for those. */
  readonly inFlightBytes: number;
}

/** What came of reading a body. `started` is when its headers had been read, in the caller's clock. */
export type Body =
  | { readonly ok: true; readonly value: unknown; readonly text: string; readonly started: number }
  | { readonly ok: false; readonly code: RefusalCode; readonly detail: string };

/** Requests and bytes in flight at this moment. */
export interface Load {
  requests: number;
  bytes: number;
}

type Done = (error: null, body: Body) => void;

/**
 * A content type parser that never fails: it hands every fault to the handler as a value.
 * Fastify's own refuses `__proto__`, which is a legal key of a ConfigMap, and copies the body once more.
 */
export function readBody({ limits, load, now }: { limits: BodyLimits; load: Load; now: () => number }) {
  return (request: FastifyRequest, payload: Readable, done: Done): void => {
    // A wrong path or method is refused without reading on.
    if (request.is404) return done(null, refused('NotFound'));
    if (Number(request.headers['content-length']) > limits.bodyBytes) return done(null, refused('TooLarge'));
    if (load.requests >= limits.inFlight || load.bytes >= limits.inFlightBytes) return done(null, refused('Busy'));
    const started = now();
    load.requests++;
    collect(payload, { limits, load }, (bytes, held) => {
      try {
        done(null, bytes instanceof Uint8Array ? parse(bytes, limits, started) : bytes);
      } finally {
        load.requests--;
        load.bytes -= held;
      }
    });
  };
}

type Collected = (bytes: Buffer | Body, held: number) => void;

function collect(payload: Readable, { limits, load }: { limits: BodyLimits; load: Load }, finish: Collected): void {
  const chunks: Buffer[] = [];
  let length = 0;
  let settled = false;
  payload.on('data', onData);
  payload.on('end', onEnd);
  payload.on('error', () => settle(refused('HungUp')));

  // The rest of a refused body is read and dropped, so that the client gets to see the answer; the request timeout bounds it.
  function onData(chunk: Buffer): void {
    if (settled) return;
    length += chunk.length;
    load.bytes += chunk.length;
    if (length > limits.bodyBytes) settle(refused('TooLarge'));
    else if (load.bytes > limits.inFlightBytes) settle(refused('Busy'));
    else chunks.push(chunk);
  }
  function onEnd(): void {
    const [only] = chunks;
    settle(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length));
  }
  function settle(result: Buffer | Body): void {
    if (settled) return;
    settled = true;
    finish(result, length);
    chunks.length = 0;
  }
}

function parse(bytes: Buffer, limits: JsonLimits, started: number): Body {
  if (bytes.length === 0) return refused('Empty');
  const broken = excess(bytes, limits);
  if (broken !== null) return refused(broken);
  try {
    const text = bytes.toString();
    return { ok: true, value: JSON.parse(text), text, started };
  } catch (error) {
    return refused('NotJson', position(error));
  }
}

/** The place that JSON.parse names. Its message quotes the body, so no other word of it may be passed on. */
function position(error: unknown): string {
  const [, at] = /at position (\d+)/.exec(error instanceof Error ? error.message : '') ?? [];
  return at === undefined ? '' : `at position ${at}`;
}

const refused = (code: RefusalCode, detail = ''): Body => ({ ok: false, code, detail });
