import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:https';
import { fileURLToPath } from 'node:url';

/** Starts the bundle as a stranger would, has one bad pod refused over HTTPS, and stops it: exits 0 when each of these went well. */
const launcher = fileURLToPath(new URL('../../dist/launch.js', import.meta.url));
const flags = [
  'serve',
  '--no-cluster',
  '--tls-self-signed',
  '--pod-security',
  'restricted',
  '--listen',
  '127.0.0.1:0',
  '--ops-listen',
  '127.0.0.1:0',
];
const deadline = AbortSignal.timeout(30_000);

const started = performance.now();
const server = spawn(process.execPath, [launcher, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
const exited = once(server, 'exit');
try {
  const address = await printedAddress();
  const response = await post(new URL('/validate', address), review());
  console.log(`${Math.round(performance.now() - started)} ms from start to the first answer`);
  expectRefusal(response);
  server.kill('SIGTERM');
  const [code] = await Promise.race([exited, timeout()]);
  if (code !== 0) throw new Error(`the server left with ${code} after SIGTERM`);
} finally {
  server.kill('SIGKILL');
}

/** The first HTTPS address that the server prints on either stream. */
async function printedAddress(): Promise<string> {
  let printed = '';
  const found = new Promise<string>((resolve) => {
    const read = (chunk: Buffer): void => {
      printed += chunk.toString();
      const address = /https:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0];
      if (address !== undefined) resolve(address);
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
  });
  const gone = exited.then(() => Promise.reject(new Error(`the server left before it listened:\n${printed}`)));
  return Promise.race([found, gone, timeout()]);
}

async function timeout(): Promise<never> {
  await once(deadline, 'abort');
  throw new Error('nothing happened for 30 s');
}

function post(url: URL, body: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const call = request(url, { method: 'POST', headers, rejectUnauthorized: false, signal: deadline }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
    });
    call.on('error', reject);
    call.end(JSON.stringify(body));
  });
}

function review(): object {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'bad' },
    spec: { hostPID: true, containers: [{ name: 'app', image: 'app' }] },
  };
  const request = {
    uid: 'smoke',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    operation: 'CREATE',
    namespace: 'default',
    name: 'bad',
    userInfo: { username: 'someone', groups: [] },
    object: pod,
  };
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request };
}

function expectRefusal(answer: unknown): void {
  const { uid, allowed } = (answer as { response: { uid: string; allowed: boolean } }).response;
  if (uid !== 'smoke' || allowed) throw new Error(`a pod with hostPID was not refused: ${JSON.stringify(answer)}`);
}
