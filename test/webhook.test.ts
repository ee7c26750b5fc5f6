import { once } from 'node:events';
import { mkdtemp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { connect as connectTcp } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { afterEach, expect, test } from '@jest/globals';
import { anything, assert, asyncProperty, constant, dictionary, jsonValue, oneof, property, record, string } from 'fast-check';
import { Check } from 'typebox/value';
import { AdmissionReviewSchema, readReview } from '../src/api/admission-review.ts';
import type { AdmissionRequest, Sent } from '../src/api/admission-review.ts';
import type { Finding } from '../src/engine/finding.ts';
import { watchEventLoop } from '../src/telemetry/event-loop.ts';
import { createOpsServer } from '../src/telemetry/ops-server.ts';
import type { Judge } from '../src/webhook/answer.ts';
import { judgeRequest } from '../src/webhook/judge-request.ts';
import { noFacts } from '../src/engine/facts.ts';
import { guardrailSet } from '../src/policy/guardrail-set.ts';
import { documentOf } from './support/judging.ts';
import type { Spec } from './support/judging.ts';
import { Tally } from '../src/telemetry/tally.ts';
import type { Answer } from '../src/webhook/answer.ts';
import { readCertificateFiles, watchCertificateFiles } from '../src/webhook/certificate-files.ts';
import { timeoutOf } from '../src/webhook/deadline.ts';
import { drain } from '../src/webhook/drain.ts';
import { excess } from '../src/webhook/nesting.ts';
import { refusals } from '../src/webhook/refusal.ts';
import type { RefusalCode } from '../src/webhook/refusal.ts';
import { swapTls } from '../src/webhook/tls.ts';
import { Turns } from '../src/webhook/turns.ts';
import { clientCertificate } from './support/client-certificate.ts';
import { allowed, listen, newPair, newServer, pair, post, refusedBy, review } from './support/webhook.ts';
import type { TestOptions, TestServer } from './support/webhook.ts';

const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((stop) => stop()));
});

async function start(options: TestOptions = {}): Promise<TestServer & { port: number }> {
  const server = newServer(options);
  const port = await listen(server);
  running.push(async () => {
    server.app.server.closeAllConnections();
    await server.app.close();
  });
  return { ...server, port };
}

const marker = 'hunter2';
const json = { 'content-type': 'application/json' };
const seen = new Set<RefusalCode>();

// ---- a review

test('a review is answered with its uid and without its request', async () => {
  const { app, samples } = newServer();
  const reply = await app.inject({ method: 'POST', url: '/validate?timeout=5s', headers: json, payload: review() });
  expect(reply.statusCode).toBe(200);
  expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(reply.json()).toEqual({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: '705ab4f5-6393-11e8-b7cc-42010a800002', allowed: true },
  });
  expect(await samples()).toMatchObject({
    'sallyport_decisions_total{guardrail="restricted",mode="Enforce",verdict="allow"}': 1,
    'sallyport_admission_requests_total{operation="CREATE",verdict="allow"}': 1,
    sallyport_evaluation_seconds_count: 1,
    sallyport_request_seconds_count: 1,
  });
});

test('the judge gets the request with absent and null fields made one', async () => {
  const requests: AdmissionRequest[] = [];
  const { app } = newServer({ answer: (request) => (requests.push(request), allowed) });
  const bare = { name: undefined, namespace: null, userInfo: null, object: undefined, kind: { version: 'v1', kind: 'Pod' } };
  const text = JSON.stringify(review(bare));
  await app.inject({ method: 'POST', url: '/validate', headers: json, payload: text });
  expect(requests).toEqual([
    {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      subResource: '',
      name: '',
      namespace: '',
      operation: 'CREATE',
      userInfo: { username: '', groups: [] },
      object: null,
      oldObject: null,
      options: null,
      dryRun: false,
      sent: { request: (JSON.parse(text) as { request: Sent['request'] }).request, text },
    },
  ]);
});

test('a dry run is answered and logged, and changes no counter', async () => {
  const { app, samples, lines } = newServer({ answer: () => denied });
  const before = await samples();
  const reply = await app.inject({ method: 'POST', url: '/validate', headers: json, payload: review({ dryRun: true }) });
  expect(reply.json()).toMatchObject({ response: { allowed: false } });
  expect(lines).toMatchObject([{ verdict: 'deny', dryRun: true }]);
  expect(ours(await samples())).toEqual(ours(before));
});

test('a judge that throws refuses the request, says nothing of why, and is counted and logged once', async () => {
  const { app, samples, lines } = newServer({
    answer() {
      throw new Error(marker);
    },
  });
  const reply = await app.inject({ method: 'POST', url: '/validate', headers: json, payload: review() });
  expect(reply.statusCode).toBe(200);
  expect(reply.json()).toMatchObject({ response: { uid: '705ab4f5-6393-11e8-b7cc-42010a800002', allowed: false, status: { code: 500 } } });
  expect(reply.payload).not.toContain(marker);
  expect(await samples()).toMatchObject({ sallyport_internal_errors_total: 1 });
  expect(lines).toMatchObject([{ level: 'error', uid: '705ab4f5-6393-11e8-b7cc-42010a800002', err: { message: marker } }]);
});

test.each([
  ['5s', 5000],
  ['1m30s', 30_000],
  ['250ms', 250],
  ['1.5s', 1500],
  ['.5s', 500],
  ['2000000us', 2000],
  ['3000µs', 3],
  ['1h', 30_000],
  ['0s', 10_000],
  ['-5s', 10_000],
  ['5', 10_000],
  ['s', 10_000],
  ['5s5', 10_000],
  ['', 10_000],
  ['1e3s', 10_000],
])('timeout=%s allows %d ms', (text, ms) => {
  expect(timeoutOf(`/validate?timeout=${encodeURIComponent(text)}`)).toBeCloseTo(ms, 6);
});

test('the judge gets its deadline on the clock of the server', async () => {
  const deadlines: number[] = [];
  const { app } = newServer({ answer: (_request, deadline) => (deadlines.push(deadline - performance.now()), allowed) });
  for (const url of ['/validate?timeout=5s', '/validate', '/validate?timeout=2s', '/validate?dry=1&timeout=2s']) {
    await app.inject({ method: 'POST', url, headers: json, payload: review() });
  }
  expect(deadlines.map((ms) => Math.ceil(ms / 1000))).toEqual([5, 10, 2, 2]);
});

// ---- time

const hostile = { spec: { hostNetwork: true, containers: [{ name: 'app', securityContext: { privileged: true } }] } };
const manyOf = (specs: Record<string, Partial<Spec>>) =>
  guardrailSet(
    Object.entries(specs).map(([name, spec]) => ({
      document: documentOf({ mode: 'Enforce', rules: [{ check: 'privileged' }], ...spec }, name),
      origin: '',
    })),
    'Enforce',
  );
/** A judge under a clock on which each look takes so many milliseconds. */
function timed(specs: Record<string, Partial<Spec>>, lookMs: number, start = 0): Judge {
  let clock = start;
  return judgeRequest({ inForce: () => manyOf(specs), facts: () => noFacts, now: () => (clock += lookMs) });
}
const asked = { ...review().request, subResource: '', object: hostile } as unknown as AdmissionRequest;
const found = ({ decision }: Answer) => decision.findings.map(({ guardrail, check, mode }) => `${guardrail} ${check} ${mode}`);

test.each([
  ['in one go, when it is quick', 1, true],
  ['with turns for others in between, when it is slow', 20, false],
])('guardrails are judged %s, and say the same', async (_, lookMs, atOnce) => {
  const answer = timed({ a: {}, b: {}, c: {} }, lookMs)(asked, 10_000);
  expect(answer instanceof Promise).toBe(!atOnce);
  expect(found(await answer)).toEqual(['a privileged Enforce', 'b privileged Enforce', 'c privileged Enforce']);
});

test('others have their turn while a request is judged', async () => {
  let turns = 0;
  const count = () => void (turns++, setImmediate(count).unref());
  setImmediate(count).unref();
  await timed({ a: {}, b: {}, c: {}, d: {} }, 20)(asked, 10_000);
  expect(turns).toBeGreaterThanOrEqual(3);
});

const expressions: Record<string, Partial<Spec>> = {
  a: { rules: ['r', 's', 't', 'u'].map((name) => ({ name, cel: { expression: '1 > 2' } })) },
};

const conditions = ['c', 'd', 'e', 'f'].map((name) => ({ name, expression: '1 < 2' }));
test.each<[string, Record<string, Partial<Spec>>, string[]]>([
  ['expressions', expressions, ['r', 's', 't', 'u']],
  ['conditions', { a: { match: { conditions } } }, ['privileged']],
])('others have their turn between the %s of one guardrail, too', async (_, specs, rules) => {
  let turns = 0;
  const count = () => void (turns++, setImmediate(count).unref());
  setImmediate(count).unref();
  const answer = await timed(specs, 20)(asked, 10_000);
  expect(turns).toBeGreaterThanOrEqual(3);
  expect(answer.decision.findings.map(({ rule }) => rule)).toEqual(rules);
});

test('a guardrail that was begun and not ended in time decides as one that was not judged', async () => {
  const answer = await timed(expressions, 150)(asked, 300);
  expect(found(answer)).toEqual(['a deadline Enforce']);
});

test('judging one request takes no longer of all others than half a second, however late its deadline is', async () => {
  const answer = await timed({ a: {}, b: {}, c: {}, d: {}, e: {} }, 150)(asked, 1e9);
  expect(found(answer)).toEqual(expect.arrayContaining(['a privileged Enforce', 'e deadline Enforce']));
});

test('of all who wait for their turn one has it between two looks at the sockets', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const look = () => void (order.push('look'), order.length < 8 && setImmediate(look));
  setImmediate(look);
  await Promise.all(['a', 'b', 'c'].map(async (name) => turns.next().then(() => order.push(name))));
  expect(order.slice(0, 6)).toEqual(['look', 'a', 'look', 'b', 'look', 'c']);
  expect(turns.taken).toBe(false);
});

const rules = [{ check: 'host-namespaces', mode: 'Warn' as const }, { check: 'privileged' }];
const later = { mode: 'Warn' as const, schedule: [{ from: '2199-01-01T00:00:00Z', mode: 'Enforce' as const }] };
const unlike = { match: { objectSelector: { matchLabels: { x: 'y' } } } };
const late: [string, Record<string, Partial<Spec>>, string, string[]][] = [
  ['by its strictest mode', { a: {}, b: { rules } }, 'deny', ['a privileged Enforce', 'b deadline Enforce']],
  ['by the mode in force now', { a: { mode: 'Audit' }, b: later }, 'warn', ['b deadline Warn', 'a privileged Audit']],
  ['with a warning where it may be passed by', { a: { mode: 'Audit' }, b: { failureMode: 'Ignore' } }, 'warn', ['b deadline Warn', 'a privileged Audit']],
  ['where its conditions are not asked any more', { a: {}, b: { match: { conditions: [{ name: 'c', expression: 'false' }] } } }, 'deny', ['a privileged Enforce', 'b deadline Enforce']],
  ['nothing where it does not match', { a: {}, b: { exempt: { namespaces: ['shop'] } }, c: unlike }, 'deny', ['a privileged Enforce']],
]; // prettier-ignore
test.each(late)('past the deadline a guardrail that was not judged decides %s', async (_, specs, verdict, findings) => {
  const answer = await timed(specs, 150)(asked, 300);
  expect([answer.decision.verdict, found(answer)]).toEqual([verdict, findings]);
  expect(answer.decision.late).toBe(findings.some((finding) => finding.includes('deadline')) ? 1 : undefined);
});

test('what was not judged in time is counted, and logged as a warning whatever the verdict is', async () => {
  const { app, samples, lines } = newServer({ answer: timed({ a: { mode: 'Audit' }, b: { mode: 'Audit' } }, 150, 1e9) });
  await app.inject({ method: 'POST', url: '/validate', headers: json, payload: review({ object: hostile }) });
  await eventually(async () => expect(await samples()).toMatchObject({ sallyport_deadline_exceeded_total: 1 }));
  expect(lines).toMatchObject([{ level: 'warn', verdict: 'allow', late: 1 }]);
});

const ours = (all: Record<string, number>) => Object.entries(all).filter(([name]) => name.startsWith('sallyport_'));

// ---- bad input, one request

const nested = (depth: number, filler = '') => `{"a":${'['.repeat(depth)}${filler}${']'.repeat(depth)}}`;
const withObject = (text: string) => JSON.stringify(review({ object: '@' })).replace('"@"', text);
const badRequest = (payload: unknown) => ({ payload: typeof payload === 'string' ? payload : JSON.stringify(payload) });

const badInputs: [
  string,
  { payload?: string | Buffer; headers?: object; method?: 'GET' | 'PUT' | 'POST'; url?: string },
  number,
  RefusalCode,
][] = [
  ['text that is not JSON', badRequest(`${marker} is not JSON`), 400, 'NotJson'],
  ['JSON that is cut short', badRequest(`{"request":{"object":"${marker}`), 400, 'NotJson'],
  ['JSON with a comma too many', badRequest(`{"kind":"${marker}",}`), 400, 'NotJson'],
  ['JSON after a byte order mark', badRequest(`\ufeff${JSON.stringify(review())}`), 400, 'NotJson'],
  ['two documents', badRequest(`${JSON.stringify(review())}${JSON.stringify(review())}`), 400, 'NotJson'],
  ['YAML', badRequest(`apiVersion: admission.k8s.io/v1\nkind: ${marker}`), 400, 'NotJson'],
  ['bytes that are not UTF-8', { payload: Buffer.from([0xff, 0xfe, 0x7b]) }, 400, 'NotJson'],
  ['an empty body', badRequest(''), 400, 'Empty'],
  ['no body and no content type', { headers: {} }, 400, 'Empty'],
  ['a body of form fields', { payload: marker, headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415, 'WrongMediaType'],
  ['a body without a content type', { payload: Buffer.from('{}'), headers: { 'content-type': undefined } }, 415, 'WrongMediaType'],
  ['a content type that is none', { payload: '{}', headers: { 'content-type': marker } }, 415, 'WrongMediaType'],
  ['protobuf', { payload: 'k8s', headers: { 'content-type': 'application/vnd.kubernetes.protobuf' } }, 415, 'WrongMediaType'],
  ['null', badRequest('null'), 400, 'WrongKind'],
  ['a number', badRequest('1'), 400, 'WrongKind'],
  ['an array of reviews', badRequest([review()]), 400, 'WrongKind'],
  ['another kind', badRequest({ ...review(), kind: marker }), 400, 'WrongKind'],
  ['no kind', badRequest({ ...review(), kind: undefined }), 400, 'WrongKind'],
  ['a review in v1beta1', badRequest({ ...review(), apiVersion: 'admission.k8s.io/v1beta1' }), 400, 'OldVersion'],
  ['a review in another version', badRequest({ ...review(), apiVersion: marker }), 400, 'WrongVersion'],
  ['a review without a request', badRequest({ ...review(), request: undefined }), 400, 'NoRequest'],
  ['a review whose request is null', badRequest({ ...review(), request: null }), 400, 'NoRequest'],
  ['a response instead of a request', badRequest({ ...review(), request: undefined, response: { uid: marker } }), 400, 'NoRequest'],
  ['a request that is a list', badRequest({ ...review(), request: [] }), 400, 'WrongType'],
  ['a request without a uid', badRequest(review({ uid: undefined })), 400, 'NoUid'],
  ['a request whose uid is empty', badRequest(review({ uid: '' })), 400, 'NoUid'],
  ['a request whose uid is a number', badRequest(review({ uid: 7 })), 400, 'WrongType'],
  ['a request whose uid is 129 long', badRequest(review({ uid: 'x'.repeat(129) })), 400, 'WrongType'],
  ['a request whose kind is text', badRequest(review({ kind: marker })), 400, 'WrongType'],
  ['a request whose kind has no version', badRequest(review({ kind: { group: '', kind: 'Pod' } })), 400, 'WrongType'],
  ['a request without a resource', badRequest(review({ resource: undefined })), 400, 'WrongType'],
  ['a request with an unknown operation', badRequest(review({ operation: marker })), 400, 'WrongType'],
  ['a request whose subresource is a list', badRequest(review({ subResource: [] })), 400, 'WrongType'],
  ['a request whose name is an object', badRequest(review({ name: {} })), 400, 'WrongType'],
  ['a request whose namespace is a number', badRequest(review({ namespace: 1 })), 400, 'WrongType'],
  ['a request whose dryRun is text', badRequest(review({ dryRun: 'true' })), 400, 'WrongType'],
  ['a request whose user is text', badRequest(review({ userInfo: marker })), 400, 'WrongType'],
  ['a user whose groups are an object', badRequest(review({ userInfo: { groups: {} } })), 400, 'WrongType'],
  ['a user with a group that is a number', badRequest(review({ userInfo: { groups: ['a', 1] } })), 400, 'WrongType'],
  ['a user with extra that is flat', badRequest(review({ userInfo: { extra: { scopes: marker } } })), 400, 'WrongType'],
  ['one byte more than 8 MiB', badRequest(' '.repeat(8 * 1024 * 1024 + 1)), 413, 'TooLarge'],
  ['arrays nested 100,000 deep', badRequest(withObject(nested(100_000))), 400, 'TooDeep'],
  ['objects nested 100,000 deep', badRequest(withObject(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`)), 400, 'TooDeep'],
  ['100,000 opening brackets', badRequest('['.repeat(100_000)), 400, 'TooDeep'],
  ['a million values', badRequest(withObject(`[${'1,'.repeat(1_000_000)}1]`)), 400, 'TooManyValues'],
  ['a million keys', badRequest(withObject(`{${'"":1,'.repeat(1_000_000)}"a":1}`)), 400, 'TooManyValues'],
  ['another path', { url: `/${marker}` }, 404, 'NotFound'],
  ['the path above', { url: '/' }, 404, 'NotFound'],
  ['a path below', { url: '/validate/pods' }, 404, 'NotFound'],
  ['a path that does not decode', { url: `/%zz${marker}` }, 404, 'NotFound'],
  [
    'another path with a body of another type',
    { url: '/metrics', payload: 'a', headers: { 'content-type': 'text/plain' } },
    404,
    'NotFound',
  ],
  ['GET', { method: 'GET', headers: {} }, 405, 'WrongMethod'],
  ['PUT', { method: 'PUT', ...badRequest(review()) }, 405, 'WrongMethod'],
  ['PUT with a content type that is none', { method: 'PUT', payload: '{}', headers: { 'content-type': marker } }, 405, 'WrongMethod'],
];

test.each(badInputs)('%s is refused', async (_name, input, status, code) => {
  const server = newServer();
  const { method = 'POST', url = '/validate', headers = json, payload } = input;
  const reply = await server.app.inject({ method, url, headers: { ...headers }, ...(payload === undefined ? {} : { payload }) });
  expect(reply.statusCode).toBe(status);
  expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(reply.json()).toMatchObject({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: status,
    details: { causes: [{ reason: code }] },
  });
  expect(reply.payload).not.toContain(marker);
  expect(await refusedBy(server)).toEqual({ [code]: 1 });
  expect(server.metrics.load).toEqual({ requests: 0, bytes: 0 });
  seen.add(code);
});

test('a refusal says what to do where it can', async () => {
  const { app } = newServer();
  const call = async (payload: object, method: 'POST' | 'GET' = 'POST') => app.inject({ method, url: '/validate', headers: json, payload });
  expect((await call({ ...review(), apiVersion: 'admission.k8s.io/v1beta1' })).payload).toContain('v1beta1');
  expect((await call(review({ userInfo: 1 }))).json()).toMatchObject({
    details: { causes: [{ message: expect.stringContaining('request.userInfo') }] },
  });
  expect((await call({}, 'GET')).headers.allow).toBe('POST');
  const broken = await app.inject({ method: 'POST', url: '/validate', headers: json, payload: '{"a" 1}' });
  expect(broken.json()).toMatchObject({ message: expect.stringMatching(/at position \d+$/) });
});

const data: [string, string, object][] = [
  ['__proto__', '{"__proto__":{"polluted":true}}', { ['__proto__']: { polluted: true } }],
  ['constructor.prototype', '{"constructor":{"prototype":{"polluted":true}}}', { constructor: { prototype: { polluted: true } } }],
  ['a key given twice', '{"a":1,"a":2}', { a: 2 }],
  ['brackets in text longer than the limit', `{"a":"${'['.repeat(30_000)}"}`, { a: '['.repeat(30_000) }],
  ['escaped quotes before brackets', `{"a":"\\"${'[\\"'.repeat(30_000)}\\\\"}`, { a: `"${'["'.repeat(30_000)}\\` }],
];

test.each(data)('%s is data', async (_name, text, value) => {
  const objects: unknown[] = [];
  const server = newServer({ answer: ({ object }) => (objects.push(object), allowed) });
  const reply = await server.app.inject({ method: 'POST', url: '/validate', headers: json, payload: withObject(text) });
  expect(reply.json()).toMatchObject({ response: { allowed: true } });
  expect(objects).toEqual([value]);
  expect(objects.flatMap((object) => Object.keys(object as object))).toEqual(Object.keys(value));
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('9,000 levels are read', async () => {
  const { app } = newServer();
  const reply = await app.inject({ method: 'POST', url: '/validate', headers: json, payload: withObject(nested(9000)) });
  expect(reply.json()).toMatchObject({ response: { allowed: true } });
});

test('a review whose own keys are __proto__ is none', async () => {
  const { app } = newServer();
  const payload = `{"__proto__":${JSON.stringify(review())}}`;
  const reply = await app.inject({ method: 'POST', url: '/validate', headers: json, payload });
  expect(reply.json()).toMatchObject({ details: { causes: [{ reason: 'WrongKind' }] } });
});

test('8 MiB to the byte is read', async () => {
  const { app } = newServer();
  const text = JSON.stringify(review());
  const reply = await app.inject({
    method: 'POST',
    url: '/validate',
    headers: json,
    payload: text + ' '.repeat(8 * 1024 * 1024 - text.length),
  });
  expect(reply.statusCode).toBe(200);
});

test('the limits hold to the one', () => {
  const limits = { depth: 10, values: 5 };
  const check = (text: string) => excess(Buffer.from(text.padEnd(40)), limits);
  expect(check('['.repeat(10) + ']'.repeat(10))).toBeNull();
  expect(check('['.repeat(11) + ']'.repeat(11))).toBe('TooDeep');
  expect(check('[[],[],[],[],[],[]]')).toBeNull();
  expect(check('[1,2,3,4,5,6,7]')).toBe('TooManyValues');
  expect(check(`["\\\\",${'"[",'.repeat(4)}1]`)).toBeNull();
  expect(check(`"${'['.repeat(40)}`)).toBeNull();
});

// ---- any input

const loose = (value: unknown) => oneof({ arbitrary: constant(value), weight: 8 }, { arbitrary: jsonValue(), weight: 1 });
const { request: sample, ...envelope } = review();
const anyRequest = record(Object.fromEntries(Object.entries(sample).map(([key, value]) => [key, loose(value)])), { requiredKeys: [] });
const anyUser = record({ username: loose('ann'), groups: loose(['a']), extra: loose({ a: ['b'] }) }, { requiredKeys: [] });
const anyReview = oneof(
  jsonValue(),
  record({ apiVersion: loose(envelope.apiVersion), kind: loose(envelope.kind), request: oneof(anyRequest, jsonValue()) }),
  record({
    apiVersion: constant(envelope.apiVersion),
    kind: constant(envelope.kind),
    request: anyUser.map((userInfo) => ({ ...sample, userInfo })),
  }),
);

test('any JSON is answered 200 or refused in good form, and nothing stays in flight', async () => {
  const { app, metrics } = newServer();
  await assert(
    asyncProperty(anyReview, async (value) => {
      const reply = await app.inject({ method: 'POST', url: '/validate', headers: json, payload: JSON.stringify(value) });
      expect([200, 400]).toContain(reply.statusCode);
      expect(reply.json()).toMatchObject({ kind: reply.statusCode === 200 ? 'AdmissionReview' : 'Status' });
      expect(metrics.load).toEqual({ requests: 0, bytes: 0 });
    }),
    { numRuns: 300 },
  );
});

test('any text as body, path and content type is answered below 500', async () => {
  const { app } = newServer();
  await assert(
    asyncProperty(string({ unit: 'binary' }), string(), dictionary(constant('content-type'), string()), async (payload, path, headers) => {
      const reply = await app.inject({ method: 'POST', url: `/${encodeURI(path)}`, headers, payload });
      expect(reply.statusCode).toBeLessThan(500);
      expect(reply.json()).toMatchObject({ kind: 'Status' });
    }),
    { numRuns: 300 },
  );
});

test('the reader accepts exactly what the schema accepts', () => {
  const counts = { accepted: 0, refused: 0 };
  const agrees = (value: unknown) => {
    const { ok } = readReview(value);
    expect(ok).toBe(Check(AdmissionReviewSchema, value));
    counts[ok ? 'accepted' : 'refused']++;
  };
  assert(property(anyReview, agrees), { numRuns: 3000 });
  assert(
    property(anything(), (value) => agrees(JSON.parse(JSON.stringify(value) ?? 'null'))),
    { numRuns: 500 },
  );
  expect(Math.min(counts.accepted, counts.refused)).toBeGreaterThan(100);
});

// ---- bad input, on the wire

const headers = (length: number) =>
  `POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

async function tls(port: number, options: ConnectionOptions = {}): Promise<Socket> {
  const socket = connectTls({ host: '127.0.0.1', port, ca: pair.authority, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

async function tcp(port: number): Promise<Socket> {
  const socket = connectTcp(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** All that the server still says before it closes. */
async function rest(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.on('error', () => {});
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

const wire: [string, (port: number) => Promise<string>, RegExp, RefusalCode][] = [
  ['plain HTTP', async (port) => sendAll(await tcp(port), headers(2) + '{}'), /^$/, 'PlainHttp'],
  ['bytes that are no TLS', async (port) => sendAll(await tcp(port), 'SSH-2.0-OpenSSH_9.9\r\n'), /^[^]{0,7}$/, 'TlsHandshake'],
  ['TLS 1.1', tls11, /^$/, 'TlsVersion'],
  ['a handshake that never starts', async (port) => rest(await tcp(port)), /^$/, 'NoHandshake'],
  [
    'headers that never end',
    async (port) => sendAll(await tls(port), 'POST /validate HTTP/1.1\r\nHost: a\r\n'),
    /^HTTP\/1.1 408 /,
    'Stalled',
  ],
  ['a body that never ends', async (port) => sendAll(await tls(port), `${headers(100)}{`), /^HTTP\/1.1 408 /, 'Stalled'],
  ['something other than HTTP', async (port) => sendAll(await tls(port), 'EHLO mail\r\n\r\n'), /^HTTP\/1.1 400 /, 'BadHttp'],
  [
    'headers of 100 KB',
    async (port) => sendAll(await tls(port), `GET / HTTP/1.1\r\nA: ${'a'.repeat(100_000)}\r\n\r\n`),
    /^HTTP\/1.1 431 /,
    'HeadersTooLarge',
  ],
  ['a chunk that has no length', async (port) => sendAll(await tls(port), `${chunked}zz\r\n`), /^HTTP\/1.1 400 /, 'BadHttp'],
  ['hanging up within the headers', async (port) => hangUp(await tls(port), 'POST /validate HTTP/1.1\r\nHo'), /^/, 'HungUp'],
  ['hanging up within the body', async (port) => hangUp(await tls(port), `${headers(100)}{`), /^/, 'HungUp'],
  ['resetting within the body', async (port) => reset(port, `${headers(100)}{`), /^/, 'HungUp'],
];

const chunked = 'POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';

async function sendAll(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  return rest(socket);
}

async function hangUp(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  await sleep(50);
  socket.end();
  return rest(socket);
}

async function reset(port: number, text: string): Promise<string> {
  const raw = await tcp(port);
  const socket = connectTls({ socket: raw, ca: pair.authority, host: '127.0.0.1' });
  await once(socket, 'secureConnect');
  socket.on('error', () => {});
  socket.write(text);
  await sleep(50);
  raw.resetAndDestroy();
  return '';
}

async function tls11(port: number): Promise<string> {
  const legacy = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  await expect(tls(port, legacy)).rejects.toMatchObject({ code: expect.stringMatching(/ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION/) });
  return '';
}

test.each(wire)('%s is closed or answered, and counted once', async (_name, attack, answer, code) => {
  const server = await start({ limits: { requestMs: 300 } });
  expect(await attack(server.port)).toMatch(answer);
  await eventually(async () => expect(await refusedBy(server)).toEqual({ [code]: 1 }));
  await sleep(20);
  expect(await refusedBy(server)).toEqual({ [code]: 1 });
  expect(server.metrics.load).toEqual({ requests: 0, bytes: 0 });
  expect((await post(server.port, review())).status).toBe(200);
  seen.add(code);
});

async function eventually(check: () => Promise<void>): Promise<void> {
  const until = Date.now() + 3000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(20);
    }
  }
}

test('more in flight than the bound is refused with Retry-After, and served again after', async () => {
  const server = await start({ limits: { inFlight: 2 } });
  const slow = await Promise.all([tls(server.port), tls(server.port)]);
  for (const socket of slow) socket.write(`${headers(100)}{`);
  await eventually(async () => expect(server.metrics.load.requests).toBe(2));
  const reply = await post(server.port, review());
  expect(reply).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
  expect(JSON.parse(reply.text)).toMatchObject({ reason: 'TooManyRequests', details: { retryAfterSeconds: 1 } });
  expect(await server.samples()).toMatchObject({ sallyport_requests_in_flight: 2, sallyport_in_flight_bytes: 2 });
  for (const socket of slow) socket.destroy();
  await eventually(async () => expect(server.metrics.load).toEqual({ requests: 0, bytes: 0 }));
  expect((await post(server.port, review())).status).toBe(200);
  expect(await refusedBy(server)).toEqual({ Busy: 1, HungUp: 2 });
  seen.add('Busy');
});

test('more bytes in flight than the bound are refused', async () => {
  const server = await start({ limits: { inFlightBytes: 10_000 } });
  const slow = await tls(server.port);
  slow.write(headers(20_000) + ' '.repeat(9990));
  await eventually(async () => expect(server.metrics.load.bytes).toBe(9990));
  expect((await post(server.port, review())).status).toBe(429);
  slow.destroy();
  await eventually(async () => expect(server.metrics.load.bytes).toBe(0));
  expect((await post(server.port, review())).status).toBe(200);
});

test.each([
  ['announced', { 'content-length': 8 * 1024 * 1024 + 1 }],
  ['in chunks', { 'transfer-encoding': 'chunked' }],
])('a client that sends too much, %s, gets to see why', async (_name, framing) => {
  const server = await start();
  const reply = await post(server.port, ' '.repeat(8 * 1024 * 1024 + 1), { headers: { ...json, ...framing } });
  expect(reply.status).toBe(413);
  expect(await refusedBy(server)).toEqual({ TooLarge: 1 });
});

test('a body in many pieces, cut within a character, is read whole', async () => {
  const names: string[] = [];
  const server = await start({ answer: ({ name }) => (names.push(name), allowed) });
  const body = Buffer.from(JSON.stringify(review({ name: 'größe' })));
  const socket = await tls(server.port);
  socket.write(headers(body.length));
  for (const byte of body) socket.write(Buffer.of(byte));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 200 /);
  expect(names).toEqual(['größe']);
  socket.destroy();
});

test('requests sent at once on one connection are answered in order', async () => {
  const server = await start();
  const socket = await tls(server.port);
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.write(['a', 'b', 'c'].map(posted).join(''));
  await eventually(async () => expect([...text.matchAll(/"uid":"(\w)"/g)].map(([, uid]) => uid)).toEqual(['a', 'b', 'c']));
  socket.destroy();
});

function posted(uid: string): string {
  const body = JSON.stringify(review({ uid }));
  return headers(body.length) + body;
}

// ---- client certificates

const apiServer = clientCertificate('kube-apiserver');
const somebody = clientCertificate('somebody');
const stranger = clientCertificate('kube-apiserver');
const checked = { tls: { ...pair, clientCa: apiServer.cert + somebody.cert, clientName: 'kube-apiserver' } };

test('with --client-ca and --client-name only that client is served', async () => {
  const server = await start(checked);
  expect((await post(server.port, review(), apiServer)).status).toBe(200);
  const reply = await post(server.port, review(), somebody);
  expect(reply.status).toBe(403);
  expect(JSON.parse(reply.text)).toMatchObject({ kind: 'Status', reason: 'Forbidden', details: { causes: [{ reason: 'WrongClient' }] } });
  expect(await refusedBy(server)).toEqual({ WrongClient: 1 });
  seen.add('WrongClient');
});

test.each([
  ['no certificate', {}],
  ['a certificate of another authority', stranger],
])('with --client-ca a client with %s is closed and counted', async (_name, certificate) => {
  const server = await start(checked);
  await expect(post(server.port, review(), certificate)).rejects.toMatchObject({ code: expect.any(String) });
  await eventually(async () => expect(await refusedBy(server)).toEqual({ ClientCertificate: 1 }));
  seen.add('ClientCertificate');
});

test('every kind of refusal has been seen', () => {
  expect(Object.keys(refusals).filter((code) => !seen.has(code as RefusalCode))).toEqual([]);
});

// ---- certificates

test('a certificate is changed under load without a failed request', async () => {
  const server = await start();
  const next = newPair();
  const agent = new Agent({ keepAlive: true, maxSockets: 8, ca: pair.authority + next.authority });
  const statuses: number[] = [];
  const loading = new AbortController();
  const load = Array.from({ length: 8 }, async () => {
    // Every third request opens a connection, the rest reuse one.
    for (let i = 0; !loading.signal.aborted; i++)
      statuses.push((await post(server.port, review(), i % 3 === 0 ? { ca: pair.authority + next.authority } : { agent })).status);
  });
  for (let i = 0; i < 10; i++) {
    await sleep(30);
    swapTls(server.app.server, i % 2 === 0 ? next : pair);
  }
  swapTls(server.app.server, next);
  expect((await post(server.port, review(), { ca: next.authority })).status).toBe(200);
  loading.abort();
  await Promise.all(load);
  agent.destroy();
  expect(statuses.length).toBeGreaterThan(50);
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(await refusedBy(server)).toEqual({});
});

test.each([
  ['a key of another certificate', { cert: newPair().cert, key: newPair().key }, 'KeyMismatch'],
  ['a certificate that is none', { cert: 'x', key: pair.key }, 'BadCertificate'],
  ['a key that is none', { cert: pair.cert, key: '' }, 'BadKey'],
  ['a client CA that is none', { ...newPair(), clientCa: 'x' }, 'BadClientCa'],
])('%s is not put in force', async (_name, material, code) => {
  const server = await start();
  expect(() => swapTls(server.app.server, material)).toThrow(expect.objectContaining({ code }));
  expect((await post(server.port, review())).status).toBe(200);
});

test('a certificate in a Secret mount is taken up when it changes, and a bad one is told once', async () => {
  const mount = await mkdtemp(join(tmpdir(), 'mount-'));
  running.push(() => rm(mount, { recursive: true }));
  let version = 0;
  // As the kubelet does: a new directory, then a symlink swapped over the old one.
  const write = async ({ cert, key }: { cert: string; key: string }) => {
    const directory = join(mount, `..${version++}`);
    await mkdir(directory);
    await Promise.all([writeFile(join(directory, 'tls.crt'), cert), writeFile(join(directory, 'tls.key'), key)]);
    await symlink(directory, join(mount, 'next'));
    await rename(join(mount, 'next'), join(mount, '..data'));
  };
  await write(pair);
  const paths = { cert: join(mount, '..data', 'tls.crt'), key: join(mount, '..data', 'tls.key') };
  const current = await readCertificateFiles(paths);
  const [good, events] = [newPair(), [] as unknown[]];
  const name = (cert: string) => (cert === good.cert ? 'good' : 'first');
  const stop = watchCertificateFiles({
    paths,
    current,
    changed: ({ cert }) => void events.push(name(cert)),
    failed: (error) => void events.push((error as { code: string }).code),
    everyMs: 10,
  });
  await sleep(50);
  await write({ cert: good.cert, key: pair.key });
  await eventually(async () => expect(events).toEqual(['KeyMismatch']));
  await sleep(50);
  await write(good);
  await eventually(async () => expect(events).toEqual(['KeyMismatch', 'good']));
  await rm(paths.key);
  await eventually(async () => expect(events).toEqual(['KeyMismatch', 'good', 'ENOENT']));
  stop();
  await write(pair);
  await sleep(50);
  expect(events).toEqual(['KeyMismatch', 'good', 'ENOENT']);
});

// ---- leaving

test('draining is not ready, goes on answering, closes connections, and finishes what is in flight', async () => {
  const server = await start();
  const reasons: string[] = [];
  const ops = { notReady: (reason: string) => void reasons.push(reason), close: async () => void reasons.push('closed') };
  const slow = await tls(server.port);
  const body = JSON.stringify(review());
  slow.write(headers(body.length) + body.slice(0, 10));
  await eventually(async () => expect(server.metrics.load.requests).toBe(1));
  const left = drain({ server, ops, delayMs: 200, graceMs: 5000 });
  expect(reasons).toEqual(['shutting down']);
  expect(await post(server.port, review())).toMatchObject({ status: 200, headers: { connection: 'close' } });
  expect(await post(server.port, 'x')).toMatchObject({ status: 400, headers: { connection: 'close' } });
  await sleep(300);
  await expect(post(server.port, review())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  slow.write(body.slice(10));
  expect(await rest(slow)).toMatch(/^HTTP\/1.1 200 /);
  await left;
  expect(reasons).toEqual(['shutting down', 'closed']);
});

test('draining does not wait for ever', async () => {
  const server = await start();
  const slow = await tls(server.port);
  slow.on('error', () => {});
  slow.write(`${headers(100)}{`);
  await eventually(async () => expect(server.metrics.load.requests).toBe(1));
  const began = performance.now();
  await drain({ server, ops: { notReady: () => {}, close: async () => {} }, delayMs: 0, graceMs: 100 });
  expect(performance.now() - began).toBeLessThan(5000);
});

test('draining waits for no connection on which nothing was asked', async () => {
  const server = await start();
  const reserve = await tls(server.port);
  reserve.on('error', () => {});
  const began = performance.now();
  await drain({ server, ops: { notReady: () => {}, close: async () => {} }, delayMs: 0, graceMs: 10_000 });
  expect(performance.now() - began).toBeLessThan(5000);
});

// ---- what operators see

const finding: Finding = {
  guardrail: 'restricted',
  rule: 'privileged',
  check: 'privileged',
  control: 'privileged',
  mode: 'Enforce',
  severity: 'critical',
  state: 'active',
  reason: 'FieldValueForbidden',
  message: 'container "a" must not be privileged',
  path: 'spec.containers[0].securityContext.privileged',
  cure: null,
};

const denied: Answer = {
  response: { allowed: false, status: { code: 403, reason: 'Forbidden', message: 'no' } },
  decision: {
    verdict: 'deny',
    guardrails: [{ name: 'restricted', mode: 'Enforce', verdict: 'deny' }],
    findings: [finding],
    digest: 'sha256:1',
  },
};

test('a denial is one line with everything needed to understand it', async () => {
  const { app, lines } = newServer({ answer: () => denied });
  await app.inject({ method: 'POST', url: '/validate', headers: json, payload: review() });
  expect(lines).toEqual([
    {
      level: 'info',
      time: expect.any(String),
      msg: 'denied',
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      user: 'ann',
      group: '',
      kind: 'Pod',
      subresource: '',
      namespace: 'shop',
      name: 'web',
      operation: 'CREATE',
      dryRun: false,
      verdict: 'deny',
      guardrails: ['restricted'],
      findings: [
        {
          guardrail: 'restricted',
          rule: 'privileged',
          mode: 'Enforce',
          state: 'active',
          path: 'spec.containers[0].securityContext.privileged',
          message: 'container "a" must not be privileged',
        },
      ],
      findingCount: 1,
      digest: 'sha256:1',
      ms: expect.any(Number),
    },
  ]);
});

test('of a Secret the log tells places only, and of nobody what drives a terminal', async () => {
  const { app, lines } = newServer({
    answer: () => ({ ...denied, decision: { ...denied.decision, findings: [{ ...finding, message: marker }] } }),
  });
  const secret = review({
    kind: { group: '', version: 'v1', kind: 'Secret' },
    resource: { group: '', version: 'v1', resource: 'secrets' },
    object: { kind: 'Secret', data: { password: marker } },
    userInfo: { username: '\u009b31m\u202eann' },
    name: 'x'.repeat(5000),
  });
  await app.inject({ method: 'POST', url: '/validate', headers: json, payload: secret });
  expect(JSON.stringify(lines)).not.toContain(marker);
  expect(lines).toMatchObject([{ user: '\\u{9b}31m\\u{202e}ann', findings: [{ path: 'spec.containers[0].securityContext.privileged' }] }]);
  expect(String(lines[0]?.name).length).toBeLessThan(1100);
});

test('what is allowed is not logged above debug', async () => {
  const { app, lines } = newServer();
  await app.inject({ method: 'POST', url: '/validate', headers: json, payload: review() });
  expect(lines).toEqual([]);
});

test('a tally caps the values of its first label', () => {
  const tally = new Tally(2);
  for (const name of ['a', 'b', 'c', 'd', 'a']) tally.add(name, 'Warn', 'allow');
  expect(tally.drain()).toEqual([
    { labels: ['a', 'Warn', 'allow'], count: 2 },
    { labels: ['b', 'Warn', 'allow'], count: 1 },
    { labels: ['other', 'Warn', 'allow'], count: 2 },
  ]);
  expect(tally.drain()).toEqual([]);
});

test('policy, certificate and build are metrics, and only the digest in force has a series', async () => {
  const { metrics, samples } = newServer();
  metrics.policy.loaded({ digest: 'sha256:1', guardrails: 2 });
  metrics.policy.loaded({ digest: 'sha256:2', guardrails: 3 });
  metrics.policy.failed();
  metrics.certificate.expires(new Date('2027-01-01T00:00:00Z'));
  metrics.certificate.failed();
  metrics.refused('nonsense');
  const all = await samples();
  expect(all).toMatchObject({
    sallyport_guardrails_in_force: 3,
    'sallyport_policy_info{digest="sha256:2"}': 1,
    sallyport_policy_load_failures_total: 1,
    sallyport_certificate_expiry_timestamp_seconds: 1798761600,
    sallyport_certificate_reload_failures_total: 1,
    'sallyport_refused_inputs_total{kind="other"}': 1,
    process_resident_memory_bytes: expect.any(Number),
  });
  expect(Object.keys(all)).toContain(`sallyport_build_info{version="1.2.3",node="${process.versions.node}"}`);
  expect(Object.keys(all)).not.toContain('sallyport_policy_info{digest="sha256:1"}');
});

test('the ops server tells of life, readiness and metrics', async () => {
  let policies: string | null = 'not loaded yet';
  let stalled = 0;
  const ops = createOpsServer({
    conditions: [
      { name: 'policies', failing: () => policies },
      { name: 'certificate', failing: () => null },
    ],
    loop: { stalledMs: () => stalled },
    expose: newServer().metrics.expose,
  });
  await ops.listen(0, '127.0.0.1');
  const { port } = ops.server.address() as AddressInfo;
  const get = async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return [response.status, await response.text()] as const;
  };
  expect(await get('/readyz')).toEqual([503, '[-] policies: not loaded yet\n[+] certificate ok\n[+] serving ok\n']);
  policies = null;
  expect(await get('/readyz')).toEqual([200, 'ok\n']);
  expect(await get('/readyz?verbose')).toEqual([200, '[+] policies ok\n[+] certificate ok\n[+] serving ok\n']);
  expect(await get('/healthz')).toEqual([200, 'ok\n']);
  stalled = 12_000;
  expect(await get('/healthz')).toEqual([503, 'the event loop stood still for 12000 ms\n']);
  expect(await get('/metrics')).toEqual([200, expect.stringContaining('\nsallyport_build_info{')]);
  expect(await get('/metrics', 'HEAD')).toEqual([200, '']);
  expect(await get('/metrics', 'POST')).toEqual([405, expect.any(String)]);
  expect(await get('/validate')).toEqual([404, expect.any(String)]);
  expect(await get('/__proto__')).toEqual([404, expect.any(String)]);
  ops.notReady('shutting down');
  expect(await get('/readyz')).toEqual([503, expect.stringContaining('[-] serving: shutting down\n')]);
  await ops.close();
});

test('a stall of the event loop is noticed, and forgotten after half a minute', async () => {
  let clock = 0;
  const watch = watchEventLoop({ now: () => clock, everyMs: 5 });
  await sleep(20);
  clock = 12_000;
  await eventually(async () => expect(watch.stalledMs()).toBe(11_995));
  await sleep(20);
  for (let i = 0; i < 7; i++) {
    clock += 5004;
    await sleep(20);
  }
  expect(watch.stalledMs()).toBeLessThan(10_000);
  watch.stop();
});
