import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SecureVersion } from 'node:tls';
import { expect, test } from '@jest/globals';
import { array, check, constantFrom, integer, ipV4, ipV6, oneof, property, stringMatching } from 'fast-check';
import { applyStep } from '../src/certificates/apply-step.ts';
import { defaultLifetimes, makeAuthority, makeLeaf, selfSigned } from '../src/certificates/authority.ts';
import type { Lifetimes } from '../src/certificates/authority.ts';
import { namesHost } from '../src/certificates/host.ts';
import { nextStep } from '../src/certificates/next-step.ts';
import type { Step } from '../src/certificates/next-step.ts';
import { caBundle, readSecret, toSecret } from '../src/certificates/state.ts';
import type { CertificateState, SecretData, UnusableState } from '../src/certificates/state.ts';

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];
const start = new Date('2026-11-22T10:00:00Z');
const after = (ms: number) => new Date(start.getTime() + ms);
const hosts = ['sallyport.sallyport-system.svc', 'sallyport.sallyport-system.svc.cluster.local', '127.0.0.1', '::1'];

// ---- certificates as others read them

test('an authority is a P-256 certificate that may only sign leaves', () => {
  const { certificate, key } = makeAuthority(start);
  const authority = new X509Certificate(certificate);
  expect(authority.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  expect(authority.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(authority.verify(authority.publicKey)).toBe(true);
  expect(authority.checkIssued(authority)).toBe(true);
  expect(authority.ca).toBe(true);
  expect(authority.validFromDate).toEqual(after(-5 * minute));
  expect(authority.validToDate).toEqual(after(365 * day));
});

test('a leaf chains to its authority and names its hosts for server authentication only', () => {
  const authority = makeAuthority(start);
  const { certificate, key } = makeLeaf(authority, [...hosts, 'LOCALHOST.', '[::1]'], start);
  const leaf = new X509Certificate(certificate);
  const issuer = new X509Certificate(authority.certificate);
  expect(leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey)).toBe(true);
  expect(leaf.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(leaf.ca).toBe(false);
  expect(leaf.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(leaf.subjectAltName).toBe(
    'DNS:sallyport.sallyport-system.svc, DNS:sallyport.sallyport-system.svc.cluster.local, ' +
      'IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:localhost',
  );
  expect([leaf.validFromDate, leaf.validToDate]).toEqual([after(-5 * minute), after(90 * day)]);
});

test('serial numbers are positive, random and up to 128 bits', () => {
  const serials = Array.from({ length: 50 }, () => new X509Certificate(makeAuthority(start).certificate).serialNumber);
  expect(new Set(serials).size).toBe(50);
  expect(serials.filter((serial) => !/^[0-9A-F]{24,32}$/.test(serial))).toEqual([]);
});

test('a leaf never outlives its authority', () => {
  const leaf = makeLeaf(makeAuthority(start, day), hosts, after(hour));
  expect(new X509Certificate(leaf.certificate).validToDate).toEqual(after(day));
});

test.each(['2049-12-31T23:59:58Z', '2050-01-01T00:00:00Z', '2062-02-28T12:00:00Z'])(
  'times around %s are written as readers expect',
  (text) => {
    const now = new Date(text);
    const certificate = new X509Certificate(makeAuthority(now, 2 * second).certificate);
    expect([certificate.validFromDate, certificate.validToDate]).toEqual([
      new Date(now.getTime() - 5 * minute),
      new Date(now.getTime() + 2 * second),
    ]);
  },
);

test('any host that a certificate can name is found in it again', () => {
  const authority = makeAuthority(start);
  const label = stringMatching(/^[a-z0-9_]([a-z0-9_-]{0,10}[a-z0-9_])?$/);
  const dnsName = array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
  const host = oneof(
    dnsName.filter((name) => !/(^|\.)\d+$/.test(name)),
    ipV4(),
    ipV6(),
  );
  const holds = property(host, host, (named, other) => {
    const certificate = new X509Certificate(makeLeaf(authority, [named], start).certificate);
    return namesHost(certificate, named) && (named === other || !namesHost(certificate, other) || sameAddress(named, other));
  });
  expect(check(holds, { numRuns: 300 }).counterexample).toBeNull();
});

const sameAddress = (a: string, b: string) => a.includes(':') && new URL(`http://[${a}]`).hostname === new URL(`http://[${b}]`).hostname;

test.each([[['*.example.com']], [['a b']], [['']], [['fe80::1%eth0']], [['-a.example']], [[`${'a'.repeat(64)}.example`]], [[]]])(
  'no certificate is made for %j',
  (names) => {
    expect(() => makeLeaf(makeAuthority(start), names, start)).toThrow(expect.objectContaining({ code: 'host-invalid' }));
  },
);

test.each<[SecureVersion, string]>([
  ['TLSv1.2', 'localhost'],
  ['TLSv1.2', '127.0.0.1'],
  ['TLSv1.3', 'localhost'],
  ['TLSv1.3', '127.0.0.1'],
])('a client that trusts a bundle of two authorities connects over %s to %s', async (version, host) => {
  const now = new Date();
  const [older, newer] = [makeAuthority(now), makeAuthority(now)];
  const ca = older.certificate + newer.certificate;
  const protocols = await Promise.all(
    [older, newer].map((authority) => connect(makeLeaf(authority, ['localhost', '127.0.0.1'], now), { ca, version, host })),
  );
  expect(protocols).toEqual([version, version]);
});

test('a self-signed certificate is trusted through its authority and for its hosts alone', async () => {
  const made = selfSigned(['localhost'], new Date());
  const trusting = { ca: made.authority, version: 'TLSv1.3' as const };
  await expect(connect(made, { ...trusting, host: 'localhost' })).resolves.toBe('TLSv1.3');
  await expect(connect(made, { ...trusting, host: '127.0.0.1' })).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  await expect(connect(made, { ...trusting, ca: makeAuthority(new Date()).certificate, host: 'localhost' })).rejects.toMatchObject({
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  });
});

type Client = { readonly ca: string; readonly version: SecureVersion; readonly host: string };

/** Serves one request with this certificate and gives the protocol that the client agreed on. */
async function connect(leaf: { certificate: string; key: string }, { ca, version, host }: Client): Promise<string | null> {
  const server = createServer({ cert: leaf.certificate, key: leaf.key }, (_, response) => response.end('ok'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = request({ host, port, ca, family: 4, minVersion: version, maxVersion: version, agent: false }).end();
  try {
    const [response] = await once(client, 'response');
    const protocol = response.socket.getProtocol();
    response.resume();
    return protocol;
  } finally {
    client.destroy();
    server.close();
  }
}

// ---- what the Secret holds

const created = applyStep({ do: 'create', because: 'empty' }, readSecret({}), { now: start, hosts });
const introduced = applyStep({ do: 'introduce-authority', because: 'authority-due' }, created, { now: after(244 * day), hosts });
const published = applyStep({ do: 'publish-bundle' }, introduced, { now: after(244 * day + second), hosts });
const swapped = applyStep({ do: 'swap-leaf', because: 'bundle-settled' }, published, { now: after(244 * day + 61 * second), hosts });

test.each([
  ['just created', created],
  ['with an authority introduced', introduced],
  ['with its bundle published', published],
  ['with an authority retired', swapped],
])('a state %s survives the Secret', (_, state) => {
  expect(readSecret(toSecret(state))).toEqual(state);
});

test('the bundle holds the authority in use, the next one, and retired ones until they expire', () => {
  const [first, next] = [created.authority.certificate, introduced.next?.certificate ?? ''];
  expect(caBundle(created, start)).toBe(first);
  expect(caBundle(introduced, after(244 * day))).toBe(first + next);
  expect(caBundle(swapped, after(245 * day))).toBe(next + first);
  expect(caBundle(swapped, after(365 * day))).toBe(next);
});

const base64 = (text: string) => Buffer.from(text).toString('base64');
const stranger = makeAuthority(start);
const foreignLeaf = makeLeaf(stranger, hosts, start);
const without = (key: string) => Object.fromEntries(Object.entries(toSecret(published)).filter(([name]) => name !== key));
const cut = (key: string) => ({ ...toSecret(published), [key]: (toSecret(published)[key] ?? '').slice(0, 200) });
const both = [published.authority.certificate, published.next?.certificate];

test.each<[string, SecretData, string, unknown[]]>([
  ['nothing', {}, 'empty', []],
  ['keys of somebody else', { password: base64('hunter2') }, 'authority-unreadable', []],
  ['no authority', without('ca.crt'), 'authority-unreadable', both.slice(1)],
  ['half an authority', cut('ca.crt'), 'authority-unreadable', both.slice(1)],
  ['what is not base64', { ...toSecret(published), 'ca.crt': '\u0000%%%' }, 'authority-unreadable', both.slice(1)],
  [
    'a leaf in the place of the authority',
    { ...toSecret(published), 'ca.crt': base64(published.leaf.certificate) },
    'authority-unreadable',
    both.slice(1),
  ],
  ['no leaf', without('tls.crt'), 'leaf-unreadable', both],
  ['half a leaf', cut('tls.crt'), 'leaf-unreadable', both],
  ['no key of the leaf', without('tls.key'), 'leaf-key-mismatch', both],
  ['half a key of the leaf', cut('tls.key'), 'leaf-key-mismatch', both],
  ['the key of another leaf', { ...toSecret(published), 'tls.key': base64(foreignLeaf.key) }, 'leaf-key-mismatch', both],
  [
    'a leaf of another authority',
    { ...toSecret(published), 'tls.crt': base64(foreignLeaf.certificate), 'tls.key': base64(foreignLeaf.key) },
    'leaf-foreign',
    both,
  ],
])('a Secret with %s is replaced, and what can be trusted still is', (_, data, problem, salvaged) => {
  const state = readSecret(data);
  expect(state).toEqual({ problem, salvaged });
  const now = after(244 * day + minute);
  const step = nextStep(state, { now, hosts });
  expect(step).toEqual({ do: 'create', because: problem });
  const next = applyStep(step, state, { now, hosts });
  expect(next.retired).toEqual(salvaged);
  expect(nextStep(next, { now, hosts }).do).toBe('wait');
});

const rsaKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

test.each<[string, SecretData]>([
  ['is gone', Object.fromEntries(Object.entries(toSecret(created)).filter(([name]) => name !== 'ca.key'))],
  ['is not a key', { ...toSecret(created), 'ca.key': base64('x') }],
  ['belongs to another authority', { ...toSecret(created), 'ca.key': base64(stranger.key) }],
  ['is of another kind', { ...toSecret(created), 'ca.key': base64(rsaKey) }],
])('when the key of the authority %s, the leaf serves on and a new authority is introduced', (_, data) => {
  const state = readSecret(data) as CertificateState;
  expect(state.leaf).toEqual(created.leaf);
  expect(nextStep(state, { now: start, hosts })).toEqual({ do: 'introduce-authority', because: 'authority-key-lost' });
});

test('a next authority whose key is lost is introduced anew', () => {
  const state = readSecret(without('next-ca.key'));
  expect(nextStep(state, { now: after(245 * day), hosts })).toEqual({ do: 'renew-leaf', because: 'leaf-invalid' });
  const renewed = applyStep({ do: 'renew-leaf', because: 'leaf-invalid' }, state, { now: after(245 * day), hosts });
  expect(nextStep(renewed, { now: after(245 * day), hosts })).toEqual({ do: 'introduce-authority', because: 'authority-due' });
});

// ---- one step

const at = (state: CertificateState, ms: number, changes: Partial<CertificateState> = {}) => ({
  state: { ...state, ...changes },
  now: after(ms),
});
const keyless = { authority: { ...created.authority, key: null } };
/** The states above at day 244, with a leaf that is still good then. */
const goodLeaf = { leaf: makeLeaf(created.authority as typeof stranger, hosts, after(243 * day)) };
const shortLived = { ...makeAuthority(after(244 * day), minute), publishedAt: null };

test.each<[string, { state: CertificateState; now: Date; hosts?: string[] }, Step]>([
  ['a new state waits, and looks again within the hour', at(created, 0), { do: 'wait', until: after(hour) }],
  ['nothing is due a moment before two thirds of the leaf', at(created, 60 * day - 1), { do: 'wait', until: after(60 * day) }],
  ['the leaf is renewed at two thirds of its life', at(created, 60 * day), { do: 'renew-leaf', because: 'leaf-due' }],
  [
    'a host not named renews the leaf at once',
    { ...at(created, 0), hosts: [...hosts, 'laptop.example'] },
    { do: 'renew-leaf', because: 'hosts-changed' },
  ],
  ['a host no longer needed changes nothing', { ...at(created, 0), hosts: hosts.slice(1) }, { do: 'wait', until: after(hour) }],
  ['an expired leaf is renewed', at(created, 90 * day), { do: 'renew-leaf', because: 'leaf-invalid' }],
  [
    'the clock went back before the leaf',
    at(created, 0, { leaf: makeLeaf(stranger, hosts, after(day)) }),
    { do: 'renew-leaf', because: 'leaf-invalid' },
  ],
  ['the clock went back within the margin', at(created, -4 * minute), { do: 'wait', until: after(-4 * minute + hour) }],
  ['the clock went back before the authority', at(created, -day), { do: 'create', because: 'authority-invalid' }],
  [
    'an authority is introduced at two thirds of its life',
    at(created, 244 * day, goodLeaf),
    { do: 'introduce-authority', because: 'authority-due' },
  ],
  ['a next authority is published', at(introduced, 244 * day, goodLeaf), { do: 'publish-bundle' }],
  [
    'a published bundle settles for a minute',
    at(published, 244 * day + 60 * second, goodLeaf),
    { do: 'wait', until: after(244 * day + 61 * second) },
  ],
  [
    'a settled bundle lets the leaf be swapped',
    at(published, 244 * day + 61 * second, goodLeaf),
    { do: 'swap-leaf', because: 'bundle-settled' },
  ],
  ['a publication in the future is made again', at(published, 244 * day - minute, goodLeaf), { do: 'publish-bundle' }],
  ['a leaf falls due while a bundle cannot be published', at(introduced, 304 * day, goodLeaf), { do: 'renew-leaf', because: 'leaf-due' }],
  [
    'a host changes while a bundle settles',
    { ...at(published, 244 * day + minute, goodLeaf), hosts: ['a.example'] },
    { do: 'renew-leaf', because: 'hosts-changed' },
  ],
  ['an authority due by then is first given a good leaf', at(created, 244 * day), { do: 'renew-leaf', because: 'leaf-invalid' }],
  [
    'an expired next authority is introduced anew',
    at(published, 246 * day, { ...goodLeaf, next: shortLived }),
    { do: 'introduce-authority', because: 'next-invalid' },
  ],
  [
    'an expired authority makes way for the next, settled or not',
    at(introduced, 365 * day),
    { do: 'swap-leaf', because: 'authority-invalid' },
  ],
  ['an expired authority with none after it', at(created, 365 * day), { do: 'create', because: 'authority-invalid' }],
  ['a lost key and an expired leaf', at(created, 91 * day, keyless), { do: 'create', because: 'leaf-invalid' }],
  ['a lost key and a next authority', at(introduced, 244 * day, keyless), { do: 'swap-leaf', because: 'leaf-invalid' }],
  [
    'a lost key and a new host',
    { ...at(created, 0, keyless), hosts: ['a.example'] },
    { do: 'introduce-authority', because: 'authority-key-lost' },
  ],
  [
    'a leaf as long as its authority is not renewed for nothing',
    at(introduced, 364 * day, { leaf: makeLeaf(created.authority as typeof stranger, hosts, after(300 * day)) }),
    { do: 'publish-bundle' },
  ],
  [
    'an expired authority is dropped',
    at(swapped, 365 * day, { leaf: makeLeaf(swapped.authority as typeof stranger, hosts, after(364 * day)) }),
    { do: 'drop-expired' },
  ],
])('%s', (_, { state, now, hosts: wanted = hosts }, step) => {
  expect(nextStep(state, { now, hosts: wanted })).toEqual(step);
});

test('dropping what expired leaves nothing to drop', () => {
  const state = applyStep({ do: 'drop-expired' }, swapped, { now: after(365 * day), hosts });
  expect(state).toEqual({ ...swapped, retired: [] });
});

test.each<[Step, CertificateState | UnusableState]>([
  [{ do: 'swap-leaf', because: 'bundle-settled' }, created],
  [{ do: 'publish-bundle' }, created],
  [
    { do: 'renew-leaf', because: 'leaf-due' },
    { ...created, ...keyless },
  ],
  [{ do: 'drop-expired' }, { problem: 'empty', salvaged: [] }],
])('%j is refused where it does not fit', (step, state) => {
  expect(() => applyStep(step, state, { now: start, hosts })).toThrow(expect.objectContaining({ code: 'step-unfit' }));
});

// ---- walks through time

/** A Secret, a registration and the API servers that see it late, all in memory, with resourceVersions and a clock of its own. */
class World {
  now = start.getTime();
  secret = { version: 1, data: {} as SecretData };
  registration = { version: 1, bundle: '' };
  readonly steps: Step['do'][] = [];
  /** Bundles that an API server may still go by: the one in force and those replaced less than a minute ago. */
  private bundles: { bundle: string; replacedAt: number }[] = [];
  private readonly verified = new Map<string, boolean>();

  writeSecret(data: SecretData, version: number): boolean {
    if (version !== this.secret.version) return false;
    this.secret = { version: version + 1, data };
    return true;
  }

  writeRegistration(bundle: string, version: number): boolean {
    if (version !== this.registration.version) return false;
    if (this.registration.bundle !== '') this.bundles.push({ bundle: this.registration.bundle, replacedAt: this.now });
    this.registration = { version: version + 1, bundle };
    return true;
  }

  /** What is wrong with serving this leaf now, for the API server that lags most. */
  fault(leaf: string, settle: number): string | null {
    const { validFromDate, validToDate } = new X509Certificate(leaf);
    if (this.now < validFromDate.getTime() || this.now >= validToDate.getTime()) return `not valid at ${new Date(this.now).toISOString()}`;
    this.bundles = this.bundles.filter(({ replacedAt }) => replacedAt > this.now - settle);
    const seen = this.registration.bundle === '' ? [] : [...this.bundles.map(({ bundle }) => bundle), this.registration.bundle];
    return seen.every((bundle) => this.verifies(leaf, bundle)) ? null : `not trusted at ${new Date(this.now).toISOString()}`;
  }

  private verifies(leaf: string, bundle: string): boolean {
    const known = this.verified.get(leaf + bundle);
    if (known !== undefined) return known;
    const certificate = new X509Certificate(leaf);
    const authorities = bundle.match(/-----BEGIN[^-]*-----[^-]*-----END[^-]*-----/g) ?? [];
    const verdict = authorities.some((pem) => certificate.verify(new X509Certificate(pem).publicKey));
    this.verified.set(leaf + bundle, verdict);
    return verdict;
  }
}

type Replica = { served: string | null; wakeAt: number; run: Generator<number | undefined, never> };

/** What a server does, with a pause (where it may be stopped for good) after every read and write; yields when to wake. */
function* serve(world: World, replica: Replica, lifetimes: Lifetimes): Generator<number | undefined, never> {
  for (;;) {
    const registration = world.registration;
    yield;
    const secret = world.secret;
    const state = readSecret(secret.data);
    if (!('problem' in state)) replica.served = state.leaf.certificate;
    yield;
    const circumstances = { hosts, lifetimes };
    const step = nextStep(state, { ...circumstances, now: new Date(world.now) });
    if (!('problem' in state) && (step.do === 'wait' || step.do === 'publish-bundle')) {
      const bundle = caBundle(state, new Date(world.now));
      if (bundle !== registration.bundle && !world.writeRegistration(bundle, registration.version)) continue;
      yield;
    }
    const next = applyStep(step, state, { ...circumstances, now: new Date(world.now) });
    yield step.do === 'wait' ? step.until.getTime() : undefined;
    if (step.do !== 'wait' && world.writeSecret(toSecret(next), secret.version)) world.steps.push(step.do);
    yield;
  }
}

function walk(
  world: World,
  options: { replicas: number; lifetimes: Lifetimes; span: number; crash: number; late: number; seed: number },
): string[] {
  const random = mulberry32(options.seed);
  const boot = (replica: Replica) =>
    Object.assign(replica, { served: null, wakeAt: world.now, run: serve(world, replica, options.lifetimes) });
  const replicas = Array.from({ length: options.replicas }, () => boot({} as Replica));
  const faults: string[] = [];
  const end = world.now + options.span;
  while (world.now < end && faults.length === 0) {
    const awake = replicas.filter(({ wakeAt }) => wakeAt <= world.now);
    const replica = awake[Math.floor(random() * awake.length)];
    if (replica === undefined) {
      world.now = Math.min(...replicas.map(({ wakeAt }) => wakeAt)) + Math.floor(random() * options.late);
    } else if (random() < options.crash) {
      boot(replica).wakeAt = world.now + Math.floor(random() * 30 * second);
    } else if (random() < options.crash / 2) {
      replica.wakeAt = world.now + Math.floor(random() * 3 * minute);
    } else {
      replica.wakeAt = replica.run.next().value ?? world.now;
      world.now += Math.floor(random() * 500);
    }
    for (const { served } of replicas)
      faults.push(...[served === null ? null : world.fault(served, options.lifetimes.settle)].filter((fault) => fault !== null));
  }
  return faults;
}

/** A small seeded generator, so that a walk that fails can be walked again. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test('from any state, at any time the clock may show, a few steps lead to rest with a leaf in its time', () => {
  const states = constantFrom<CertificateState | UnusableState>(created, introduced, published, swapped, { ...created, ...keyless });
  const settles = property(states, integer({ min: -400, max: 800 }), (state, days) => {
    const circumstances = { now: after(days * day), hosts };
    const steps: Step['do'][] = [];
    for (let step = nextStep(state, circumstances); step.do !== 'wait' && steps.length < 10; step = nextStep(state, circumstances)) {
      steps.push(step.do);
      state = applyStep(step, state, circumstances);
    }
    const leaf = 'problem' in state ? null : new X509Certificate(state.leaf.certificate);
    return steps.length <= 4 && leaf !== null && leaf.validFromDate <= circumstances.now && leaf.validToDate > circumstances.now;
  });
  expect(check(settles, { numRuns: 300 }).counterexample).toBeNull();
});

test('through sixteen months one server goes through every step in order', () => {
  const world = new World();
  expect(walk(world, { replicas: 1, lifetimes: defaultLifetimes, span: 490 * day, crash: 0, late: day, seed: 1 })).toEqual([]);
  const twice = ['renew-leaf', 'renew-leaf'];
  const rotation = ['introduce-authority', 'publish-bundle', 'swap-leaf'];
  expect(world.steps).toEqual(['create', ...twice, ...twice, ...rotation, ...twice, 'drop-expired', ...twice, ...rotation]);
});

const short: Lifetimes = { authority: 12 * hour, leaf: 3 * hour, settle: minute };

test.each([1, 2, 3, 4])('two servers that race and crash at any step never serve what is not trusted (seed %i)', (seed) => {
  const world = new World();
  expect(walk(world, { replicas: 2, lifetimes: short, span: 40 * hour, crash: 0.1, late: 2 * second, seed })).toEqual([]);
  const counts = Object.groupBy(world.steps, (step) => step);
  expect(counts.create?.length).toBe(1);
  expect(counts['swap-leaf']?.length).toBeGreaterThanOrEqual(3);
  expect(counts['drop-expired']?.length).toBeGreaterThanOrEqual(2);
});
