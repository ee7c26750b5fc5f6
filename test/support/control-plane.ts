import { spawn } from 'node:child_process';
import { randomBytes, generateKeyPairSync } from 'node:crypto';
import { existsSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a command said. `code` is null where it was killed (timeout). */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  /** Path of another kubeconfig than the admin's. */
  readonly kubeconfig?: string;
  /** Milliseconds; default 60,000. */
  readonly timeout?: number;
}

/** A real etcd and kube-apiserver on loopback, with its clients. Everything lives in `dir`, which `stop` removes. */
export interface ControlPlane {
  readonly dir: string;
  /** `https://127.0.0.1:PORT`; the port outlives a restart. */
  readonly url: string;
  /** Path of a kubeconfig of a member of system:masters. */
  readonly kubeconfig: string;
  readonly adminToken: string;
  /** Path of the PEM certificate that the API server shows; trust it as a CA. */
  readonly caFile: string;
  kubectl(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** kubectl that must succeed: its stdout, or an error with its stderr. */
  must(args: readonly string[], options?: RunOptions): Promise<string>;
  helm(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** A token of an existing ServiceAccount. */
  token(namespace: string, serviceAccount: string): Promise<string>;
  /** Writes a kubeconfig for a bearer token and answers its path. */
  kubeconfigFor(name: string, token: string): string;
  /** Kills the API server; requests are refused until `startApiServer`. */
  stopApiServer(): Promise<void>;
  /** Starts it again on the same port and data, and waits until it is ready. */
  startApiServer(): Promise<void>;
  restartApiServer(): Promise<void>;
  /** Kills etcd: the API server stays up and cannot store anything until `startEtcd`. */
  stopEtcd(): Promise<void>;
  /** Starts it again on the same data, and waits until the API server is ready. */
  startEtcd(): Promise<void>;
  /** Throws away all history up to now: what asks for an older version is told that it is gone. */
  compact(): Promise<void>;
  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** Also run kube-controller-manager: ReplicaSets, Pods, garbage collection, namespace deletion. */
  readonly controllerManager?: boolean;
  readonly apiServerFlags?: readonly string[];
}

const assets = process.env['KUBEBUILDER_ASSETS'] ?? '';
/** Whether a control plane can be started here. */
export const present = assets !== '' && existsSync(join(assets, 'kube-apiserver'));

/** Starts a control plane (about four seconds) and waits until it is ready and namespace `default` exists. Call `stop` in afterAll. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  if (!present) throw new Error('KUBEBUILDER_ASSETS names no folder with kube-apiserver; see end-to-end.ts');
  const dir = await mkdtemp(join(tmpdir(), 'control-plane-'));
  const [etcdPort, peerPort, port] = await freePorts(3);
  const url = `https://127.0.0.1:${port}`;
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const adminToken = randomBytes(16).toString('hex');
  const caFile = join(dir, 'certs', 'apiserver.crt');
  const kubeconfig = writeKubeconfig(dir, 'admin', { url, caFile, token: adminToken });
  writeFileSync(join(dir, 'tokens.csv'), `${adminToken},admin,admin,system:masters\n`);
  writeFileSync(join(dir, 'sa.key'), serviceAccountKey());

  const start = (name: string, flags: readonly string[]) => startServer(join(assets, name), flags, join(dir, `${name}.log`));
  const startEtcd = () => start('etcd', etcdFlags(dir, etcdUrl, `http://127.0.0.1:${peerPort}`));
  let etcd = startEtcd();
  const startApiServer = () => start('kube-apiserver', [...apiServerFlags(dir, etcdUrl, port ?? 0), ...(options.apiServerFlags ?? [])]);
  let apiServer = startApiServer();
  let controllerManager: Server | undefined;
  const run = (binary: string, args: readonly string[], { kubeconfig: other = kubeconfig, ...rest }: RunOptions = {}) =>
    runCommand(join(assets, binary), args, { ...process.env, KUBECONFIG: other, HOME: dir }, rest);

  const plane: ControlPlane = {
    dir,
    url,
    kubeconfig,
    adminToken,
    caFile,
    kubectl: (args, runOptions) => run('kubectl', args, runOptions),
    helm: (args, runOptions) => run('helm', args, runOptions),
    async must(args, runOptions) {
      const { code, stdout, stderr } = await run('kubectl', args, runOptions);
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: exit ${code}: ${stderr}`);
      return stdout;
    },
    token: async (namespace, serviceAccount) => (await plane.must(['create', 'token', serviceAccount, '-n', namespace])).trim(),
    kubeconfigFor: (name, token) => writeKubeconfig(dir, name, { url, caFile, token }),
    stopApiServer: () => apiServer.kill(),
    async startApiServer() {
      apiServer = startApiServer();
      await untilReady(plane, apiServer);
    },
    async restartApiServer() {
      await plane.stopApiServer();
      await plane.startApiServer();
    },
    stopEtcd: () => etcd.kill(),
    async startEtcd() {
      etcd = startEtcd();
      await untilReady(plane, apiServer);
    },
    compact: () => compact(etcdUrl),
    async stop() {
      await Promise.all([controllerManager?.kill(), apiServer.kill(), etcd.kill()]);
      await rm(dir, { recursive: true, force: true });
    },
  };
  try {
    await untilReady(plane, apiServer);
  } catch (error) {
    await plane.stop();
    throw error;
  }
  if (options.controllerManager === true) controllerManager = start('kube-controller-manager', controllerManagerFlags(dir, kubeconfig));
  return plane;
}

function etcdFlags(dir: string, url: string, peerUrl: string): string[] {
  const listen = ['--listen-client-urls', url, '--advertise-client-urls', url, '--listen-peer-urls', peerUrl];
  return ['--data-dir', join(dir, 'etcd'), ...listen, '--unsafe-no-fsync', '--log-level', 'error'];
}

function apiServerFlags(dir: string, etcdUrl: string, port: number): string[] {
  const key = join(dir, 'sa.key');
  const address = ['--secure-port', String(port), '--bind-address', '127.0.0.1', '--advertise-address', '127.0.0.1'];
  const accounts = ['--service-account-key-file', key, '--service-account-signing-key-file', key];
  const issuer = ['--service-account-issuer', 'https://kubernetes.default.svc', '--token-auth-file', join(dir, 'tokens.csv')];
  const rest = ['--service-cluster-ip-range', '10.0.0.0/24', '--disable-admission-plugins', 'ServiceAccount'];
  // Without --allow-privileged the API server refuses privileged pods before any webhook sees them.
  const last = ['--authorization-mode', 'RBAC', '--endpoint-reconciler-type', 'none', '--allow-privileged=true'];
  return ['--etcd-servers', etcdUrl, '--cert-dir', join(dir, 'certs'), ...address, ...accounts, ...issuer, ...rest, ...last];
}

/** By etcd's own JSON door. */
async function compact(etcdUrl: string): Promise<void> {
  const ask = async (path: string, body: object) => {
    const answer = await fetch(`${etcdUrl}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd ${path}: ${await answer.text()}`);
    return (await answer.json()) as { header: { revision: string } };
  };
  const { header } = await ask('range', { key: Buffer.from('x').toString('base64') });
  await ask('compaction', { revision: header.revision, physical: true });
}

function controllerManagerFlags(dir: string, kubeconfig: string): string[] {
  const key = ['--service-account-private-key-file', join(dir, 'sa.key')];
  return ['--kubeconfig', kubeconfig, ...key, '--leader-elect=false', '--secure-port', '0', '--use-service-account-credentials=false'];
}

const serviceAccountKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' });

function writeKubeconfig(dir: string, name: string, { url, caFile, token }: { url: string; caFile: string; token: string }): string {
  const file = join(dir, `${name}.kubeconfig`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'local', cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: 'local', user: name } }],
    'current-context': name,
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

interface Server {
  readonly log: string;
  /** SIGKILL, and waits until the process is gone. */
  kill(): Promise<void>;
}

/** The shell between kills the server when its stdin closes, so that nothing outlives a test run that dies. */
function startServer(binary: string, flags: readonly string[], log: string): Server {
  const out = openSync(log, 'a');
  const shell = spawn('sh', ['-c', '"$@" & read -r _; kill -9 $!; wait', 'sh', binary, ...flags], { stdio: ['pipe', out, out] });
  closeSync(out);
  const gone = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
  const kill = () => {
    shell.stdin?.end();
    return gone;
  };
  return { log, kill };
}

async function untilReady(plane: ControlPlane, apiServer: Server): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    if ((await status(plane, '/readyz')) === 200 && (await status(plane, '/api/v1/namespaces/default')) === 200) return;
    if (Date.now() > deadline)
      throw new Error(`kube-apiserver is not ready after 60 s: ${readFileSync(apiServer.log, 'utf8').slice(-2000)}`);
    await sleep(100);
  }
}

function status({ url, adminToken }: ControlPlane, path: string): Promise<number> {
  return new Promise((resolve) => {
    const options = { rejectUnauthorized: false, agent: false, timeout: 2000, headers: { authorization: `Bearer ${adminToken}` } } as const;
    const ask = request(new URL(path, url), options, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    ask.on('timeout', () => ask.destroy());
    ask.on('error', () => resolve(0));
    ask.end();
  });
}

function runCommand(binary: string, args: readonly string[], env: NodeJS.ProcessEnv, options: RunOptions): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { env, timeout: options.timeout ?? 60_000, killSignal: 'SIGKILL' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    // A command that reads nothing may be gone before its input is written.
    child.stdin.on('error', () => undefined).end(options.input ?? '');
  });
}

/** All are held open until the last is known, so that none is given twice. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listen(): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
