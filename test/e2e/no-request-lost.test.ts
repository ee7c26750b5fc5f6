import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { connect as connectTls } from 'node:tls';
import { makeAuthority, makeLeaf } from '../../src/certificates/authority.ts';
import { toSecret } from '../../src/certificates/state.ts';
import type { SecretData } from '../../src/certificates/state.ts';
import { connect } from '../../src/cluster/client.ts';
import type { Client } from '../../src/cluster/client.ts';
import type { JsonObject } from '../../src/kube/json.ts';
import { startControlPlane } from '../support/control-plane.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { describeEndToEnd } from '../support/end-to-end.ts';
import { install } from '../support/installation.ts';
import type { Installation } from '../support/installation.ts';
import { startLoad } from '../support/load.ts';
import type { Load } from '../support/load.ts';
import { manifest } from '../support/manifests.ts';
import type { Replica } from '../support/replica.ts';
import { until } from '../support/until.ts';

const secret = '/api/v1/namespaces/guard/secrets/sallyport-tls';
const day = 86_400_000;

/** Two servers, and a steady load on the API server from before the first of these tests until after the last. */
describeEndToEnd('no request is lost', () => {
  let plane: ControlPlane;
  let admin: Client;
  let sallyport: Installation;
  let load: Load;
  const aged = dueForRenewal();
  beforeAll(async () => {
    plane = await startControlPlane();
    admin = connect({ kubeconfig: plane.kubeconfig, env: {} });
    sallyport = await install(plane, { set: ['mode=Enforce', 'drainDelaySeconds=3'] });
    const { body } = await admin.request('GET', secret);
    await admin.request('PUT', secret, { ...(body as JsonObject), data: { ...aged } });
    await sallyport.restart(2);
    load = startLoad(admin, { good: manifest('good-pod.yaml', 'good'), bad: manifest('bad-pod.yaml', 'bad') });
  });
  afterAll(async () => {
    await load?.stop();
    await sallyport?.stop();
    await admin?.close();
    await plane?.stop();
  });

  const stored = async () => ((await admin.request('GET', secret)).body as { data: SecretData }).data;
  const bundle = async () => {
    const [entry] = (await sallyport.webhooks()) as [{ clientConfig: { caBundle: string } }];
    return text(entry.clientConfig.caBundle);
  };

  test('a new authority is trusted before anything is signed by it', async () => {
    await until('a new authority', async () => (await stored())['next-ca.crt'] !== undefined);
    const next = text((await stored())['next-ca.crt']);
    await until('the bundle holds both', async () => (await bundle()).includes(next));
    expect(await bundle()).toContain(text(aged['ca.crt']));
    await until('the publication is noted', async () => (await stored())['next-ca.published'] !== undefined);
    expect((await stored())['tls.crt']).toBe(aged['tls.crt']);
  });

  test('a rolling restart loses none, and the certificates go on where the old leader stopped', async () => {
    const before = load.sent;
    for (const old of sallyport.replicas.slice()) {
      await sallyport.start();
      const told = performance.now();
      expect([await old.end('SIGTERM'), await old.ready()]).toEqual([0, false]);
      // The drain delay is 3 s; far less than what it may take to finish what is in flight.
      expect(performance.now() - told).toBeLessThan(15_000);
      const sent = load.sent;
      await until('more load', () => load.sent > sent + 50);
    }
    expect(load.lost).toEqual([]);
    expect(load.sent - before).toBeGreaterThan(100);
    expect((await stored())['next-ca.crt']).toBeDefined();
  });

  test('the new leaf comes into force at all servers without a lost request, with both authorities in the bundle', async () => {
    const published = Date.parse(text((await stored())['next-ca.published']));
    await until('the swap', async () => (await stored())['next-ca.crt'] === undefined, { within: 90_000 });
    expect(Date.now() - published).toBeGreaterThanOrEqual(60_000);
    const [leaf, authority] = [text((await stored())['tls.crt']), text((await stored())['ca.crt'])];
    expect([leaf, authority]).not.toContain(text(aged['ca.crt']));
    const running = sallyport.replicas.slice(-2);
    await until('every server shows it', async () => (await Promise.all(running.map(shown))).every((pem) => pem === leaf));
    const trusted = await bundle();
    expect([trusted.includes(authority), trusted.includes(text(aged['ca.crt']))]).toEqual([true, true]);
    const sent = load.sent;
    await until('more load', () => load.sent > sent + 100);
    await load.stop();
    expect(load.lost).toEqual([]);
  });
});

const text = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString();

/** What the servers would have made three hundred days ago, with a leaf from today: the authority, not the leaf, is due. */
function dueForRenewal(): SecretData {
  const authority = makeAuthority(new Date(Date.now() - 300 * day));
  return toSecret({ authority, leaf: makeLeaf(authority, ['127.0.0.1', 'localhost', '::1'], new Date()), next: null, retired: [] });
}

/** The certificate that a server shows to a new connection, as PEM. */
function shown({ port }: Replica): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(new X509Certificate(socket.getPeerCertificate().raw).toString());
      socket.end();
    });
    socket.on('error', reject);
  });
}
