import { readFileSync } from 'node:fs';
import fastify from 'fastify';

/** What any admission webhook on Fastify must at least do: parse the same body and answer. The yardstick for ours. `node bare-server.ts CERT KEY PORT` */
const [certFile = '', keyFile = '', port = '0'] = process.argv.slice(2);

const app = fastify({
  keepAliveTimeout: 120_000,
  requestTimeout: 10_000,
  bodyLimit: 8 * 1024 * 1024,
  https: {
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    minVersion: 'TLSv1.2',
    handshakeTimeout: 10_000,
    keepAliveTimeout: 120_000,
    requestTimeout: 10_000,
    headersTimeout: 10_000,
    connectionsCheckingInterval: 1000,
  },
});
app.removeAllContentTypeParsers();
app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, JSON.parse(body as string)));
app.post('/validate', (request, reply) => {
  const { uid } = (request.body as { request: { uid: string } }).request;
  reply.header('content-type', 'application/json; charset=utf-8').send(allowed(uid));
});
await app.listen({ host: '127.0.0.1', port: Number(port) });
process.on('SIGTERM', () => process.exit());

function allowed(uid: string): string {
  return `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":${JSON.stringify({ uid, allowed: true })}}`;
}
