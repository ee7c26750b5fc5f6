import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { connect } from '../src/cluster/client.ts';
import { systemClock } from '../src/cluster/clock.ts';
import { ClusterError } from '../src/cluster/error.ts';
import { jsonLines } from '../src/cluster/json-lines.ts';
import { trimmed } from '../src/cluster/object-store.ts';
import { reflect } from '../src/cluster/reflector.ts';
import type { Reflector, ReflectorOptions } from '../src/cluster/reflector.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';
import { until } from './support/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'reflector-test-'));
const asked: URLSearchParams[] = [];
const running: { stop: AbortController; done: Promise<unknown> }[] = [];
/** What the API server does, one request after another; the last for ever. */
let script: ((response: ServerResponse, query: URLSearchParams) => void)[] = [];
let token = '';
const server = createServer((request: IncomingMessage, response) => {
  token = request.headers.authorization ?? '';
  const query = new URL(request.url ?? '', 'http://x').searchParams;
  asked.push(query);
  const next = script.length > 1 ? script.shift() : script[0];
  next?.(response, query);
});

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterEach(async () => {
  for (const { stop } of running) stop.abort();
  server.closeAllConnections();
  await Promise.all(running.splice(0).map(({ done }) => done));
  asked.length = 0;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const object = (name: string, resourceVersion: string, more: JsonObject = {}): JsonObject => ({
  metadata: { name, resourceVersion, ...more },
});
const status = (code: number) => ({ kind: 'Status', code, message: 'said so' });
const list =
  (resourceVersion: string, items: JsonObject[], next = '') =>
  (response: ServerResponse) =>
    void response.end(JSON.stringify({ metadata: { resourceVersion, ...(next !== '' && { continue: next }) }, items }));
const say =
  (code: number, body: Json = status(code)) =>
  (response: ServerResponse) =>
    void response.writeHead(code).end(JSON.stringify(body));
const line = (type: string, object: Json) => `${JSON.stringify({ type, object })}\n`;
/** Writes chunk after chunk; `end` closes properly, `cut` does not, `hang` leaves it open. */
const stream =
  (chunks: readonly (string | Buffer)[], last: 'end' | 'cut' | 'hang' = 'hang') =>
  async (response: ServerResponse) => {
    response.writeHead(200).flushHeaders();
    for (const chunk of chunks) {
      response.write(chunk);
      await sleep(5);
    }
    if (last === 'end') response.end();
    if (last === 'cut') response.destroy();
  };

function follow(over: Partial<ReflectorOptions> = {}) {
  writeFileSync(join(folder, 'token'), 'old');
  const config = {
    clusters: [
      { name: 'c', cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'insecure-skip-tls-verify': true } },
    ],
    users: [{ name: 'u', user: { tokenFile: join(folder, 'token') } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  writeFileSync(join(folder, 'config'), JSON.stringify(config));
  const client = connect({ kubeconfig: join(folder, 'config'), env: {} });
  const stop = new AbortController();
  const told: string[] = [];
  const troubles: unknown[] = [];
  const reflector = reflect(
    client,
    systemClock,
    {
      path: '/api/v1/things',
      times: { watch: 1_000, idle: 100, backoff: 10, maxBackoff: 50, pageSize: 2 },
      onChange: (changes) => void told.push(changes.map(({ type, key }) => `${type} ${key}`).join(', ')),
      onTrouble: (error) => void troubles.push(error),
      ...over,
    },
    stop.signal,
  );
  running.push({ stop, done: reflector.done.then(() => client.close()) });
  return { reflector, told, troubles, stop, codes: () => troubles.map((error) => (error instanceof ClusterError ? error.code : error)) };
}

const names = (reflector: Reflector) => reflector.items().map((item) => (item['metadata'] as JsonObject)['name']);
const a = object('a', '1');
const b = object('b', '2', { namespace: 'n' });
const quiet = stream([]);

test('a list comes in pages, is told in one go, and the watch takes over where it ended, with bookmarks', async () => {
  script = [list('', [a, b], 'more'), list('7', [object('c', '3')]), quiet];
  const { reflector, told, troubles } = follow();
  expect(reflector.age()).toBe(Infinity);
  await reflector.hasSynced;
  expect(told).toEqual(['add a, add n/b, add c']);
  expect(reflector.get('n/b')).toEqual(b);
  await until('a watch', () => asked.length === 3);
  expect(asked.map((query) => Object.fromEntries(query))).toEqual([
    { limit: '2' },
    { limit: '2', continue: 'more' },
    { watch: '1', allowWatchBookmarks: 'true', resourceVersion: '7', timeoutSeconds: '1' },
  ]);
  expect(reflector.age()).toBeLessThan(1_000);
  expect(troubles).toEqual([]);
});

test('events add, update and delete; an object that is told twice is told once; a bookmark moves on', async () => {
  const events = [
    line('ADDED', object('c', '8')),
    line('ADDED', object('c', '8')),
    line('MODIFIED', object('a', '9')),
    line('DELETED', object('b', '10', { namespace: 'n' })),
    line('BOOKMARK', object('', '99')),
  ];
  script = [list('7', [a, b]), stream(events, 'end'), quiet];
  const { told, reflector } = follow();
  await until('the next watch', () => asked.length === 3);
  expect(told).toEqual(['add a, add n/b', 'add c', 'update a', 'delete n/b']);
  expect(asked[2]?.get('resourceVersion')).toBe('99');
  expect(names(reflector)).toEqual(['a', 'c']);
});

test('chunks may end anywhere, also inside a letter; several events may come in one', async () => {
  const bytes = Buffer.from(line('ADDED', object('ü€🙂', '8')) + line('ADDED', object('d', '9')));
  const chunks = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, index) => bytes.subarray(index * 7, index * 7 + 7));
  script = [list('7', []), stream(chunks), quiet];
  const { reflector, told } = follow();
  await until('both', () => told.length === 2);
  expect(names(reflector)).toEqual(['ü€🙂', 'd']);
});

const gone = [
  ['an ERROR event of 410', stream([line('ADDED', object('c', '8')), line('ERROR', status(410))])],
  ['a refusal with 410', say(410)],
] as const;
test.each(gone)('%s makes it list anew at once, and what went meanwhile is told as deleted', async (_, watch) => {
  script = [list('7', [a, b]), watch, list('20', [object('a', '15')]), quiet];
  const { reflector, told, troubles } = follow();
  await until('listed anew', () => reflector.items().length === 1 && told.length > 1);
  expect(told.at(-1)).toContain('delete n/b');
  expect(told.at(-1)).toContain('update a');
  expect(troubles).toEqual([]);
});

test('a continue token that expires makes it list all at once', async () => {
  script = [list('', [a, b], 'more'), say(410), list('7', [a, b, object('c', '3')]), quiet];
  const { reflector } = follow();
  await reflector.hasSynced;
  expect(names(reflector)).toEqual(['a', 'b', 'c']);
  expect(asked[2]?.has('limit')).toBe(false);
});

const failures: [string, string, (response: ServerResponse) => void][] = [
  ['a watch that is cut in the middle of an event', 'unreachable', stream([line('ADDED', object('c', '8')), '{"type":"ADD'], 'cut')],
  ['an ERROR event of another code', 'refused', stream([line('ADDED', object('c', '8')), line('ERROR', status(500))])],
  ['a line that is not JSON', 'answer-unreadable', stream([line('ADDED', object('c', '8')), '<html>\n'])],
  ['a line that is no event', 'answer-unreadable', stream([line('ADDED', object('c', '8')), '[]\n'])],
  ['a connection that falls silent', 'timeout', stream([line('ADDED', object('c', '8'))])],
];
test.each(failures)('after %s it goes on from the last event', async (_, code, watch) => {
  script = [list('7', [a]), watch, quiet];
  const { reflector, codes } = follow();
  await until('the next watch', () => asked.length === 3);
  expect(codes()).toEqual([code]);
  expect(asked[2]?.get('resourceVersion')).toBe('8');
  expect(names(reflector)).toEqual(['a', 'c']);
});

test('a server that accepts and never answers is given up and asked again', async () => {
  script = [list('7', [a]), () => undefined, quiet];
  const { codes } = follow();
  await until('the next watch', () => asked.length === 3);
  expect(codes()).toEqual(['timeout']);
});

test('whatever fails, what is held stays, its age grows, and it is tried for ever, ever more slowly', async () => {
  script = [list('7', [a]), say(500)];
  const { reflector, told, troubles, codes } = follow();
  await until('many tries', () => asked.length > 12);
  expect(names(reflector)).toEqual(['a']);
  expect(told).toEqual(['add a']);
  expect(new Set(codes())).toEqual(new Set(['refused']));
  const grown = reflector.age();
  expect(grown).toBeGreaterThan(150);
  script = [list('30', [a, object('c', '29')]), quiet];
  await until('recovered', () => names(reflector).length === 2);
  expect(reflector.age()).toBeLessThan(grown);
  // A version that is not known any more shows as failure after failure: it ends with a list.
  expect(troubles.length).toBeGreaterThan(8);
});

test('watches that end at once are no tight loop', async () => {
  script = [list('7', []), stream([], 'end')];
  const { codes } = follow();
  await sleep(400);
  expect(asked.length).toBeLessThan(20);
  expect(codes()[0]).toBe('unreachable');
});

test('lists and watches that take turns in saying 410 are no tight loop', async () => {
  script = [(response, query) => (query.has('watch') ? say(410)(response) : list('7', [])(response))];
  follow();
  await sleep(400);
  expect(asked.length).toBeLessThan(40);
});

test('a kind that is not known is no trouble for whoever waits, and is found when it appears', async () => {
  script = [say(404)];
  const { reflector, codes } = follow();
  await reflector.hasSynced;
  expect(reflector.items()).toEqual([]);
  expect(reflector.age()).toBeLessThan(100);
  await until('asked again', () => asked.length > 2);
  expect(new Set(codes())).toEqual(new Set(['not-found']));
  script = [list('7', [a]), quiet];
  await until('found', () => names(reflector).length === 1);
});

test('a kind that goes away takes its objects along, but not for one answer', async () => {
  script = [list('7', [a]), say(410), say(404), list('9', [a]), say(404), say(404), say(404), say(404)];
  const { reflector, told } = follow();
  await until('gone', () => reflector.items().length === 0 && told.length > 1);
  expect(told).toEqual(['add a', 'delete a']);
});

test('a token that was replaced is read anew', async () => {
  script = [list('7', [a]), (response) => void (token === 'Bearer new' ? quiet : say(401))(response)];
  const { troubles } = follow();
  writeFileSync(join(folder, 'token'), 'new');
  await until('watching', () => asked.length >= 2 && token === 'Bearer new');
  await sleep(50);
  expect(troubles).toEqual([]);
});

test('a listener that throws stops nothing', async () => {
  const fault = new Error('listener');
  script = [list('7', [a]), stream([line('ADDED', object('c', '8'))]), quiet];
  const { reflector, troubles } = follow({
    onChange() {
      throw fault;
    },
  });
  await until('both', () => names(reflector).length === 2);
  expect(troubles).toEqual([fault, fault]);
});

test('after the signal nothing is asked and nobody is told', async () => {
  script = [list('7', [a]), quiet];
  const { reflector, troubles, stop } = follow();
  await until('watching', () => asked.length === 2);
  stop.abort();
  await reflector.done;
  expect([asked.length, troubles]).toEqual([2, []]);
});

test('objects lose what only their writers need', () => {
  const applied = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', keep: 'x' };
  expect(trimmed({ kind: 'X', metadata: { name: 'a', managedFields: [], annotations: applied }, spec: {} })).toEqual({
    kind: 'X',
    metadata: { name: 'a', annotations: { keep: 'x' } },
    spec: {},
  });
  expect(trimmed({ metadata: { name: 'a', managedFields: [] } })).toEqual({ metadata: { name: 'a' } });
  expect(trimmed({ kind: 'X' })).toEqual({ kind: 'X' });
});

test('a line that never ends is given up before it fills the memory', async () => {
  const flood = Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(1024 * 1024, 'x')));
  await expect(jsonLines(flood).next()).rejects.toMatchObject({ code: 'answer-unreadable' });
});
