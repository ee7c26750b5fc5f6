import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../src/kube/json.ts';
import { isObject } from '../../src/kube/json.ts';
import type { ControlPlane, Ran } from './control-plane.ts';
import { startReplica } from './replica.ts';
import type { Replica } from './replica.ts';
import { startService } from './service.ts';
import { until } from './until.ts';

const chart = fileURLToPath(new URL('../../charts/sallyport', import.meta.url));
const configuration = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/sallyport';

/** The chart as release `sallyport`, and servers outside the cluster with what it gives them: arguments, a ServiceAccount's token, and no more. */
export interface Installation {
  readonly namespace: string;
  readonly replicas: readonly Replica[];
  /** What a server is started with: the arguments of the chart's Deployment, but for where to listen and where the API server finds it. */
  arguments(): Promise<string[]>;
  /** Starts one more server with the arguments that the chart's Deployment has now, and waits until it is ready. */
  start(): Promise<Replica>;
  /** Ends every server and starts `count` with the arguments that the Deployment has now; waits for the registration to be theirs. */
  restart(count?: number): Promise<void>;
  helm(...args: string[]): Promise<string>;
  /** `helm upgrade` with these values changed. */
  upgrade(...set: string[]): Promise<string>;
  /** What the servers have put into the registration; empty where it is gone. */
  webhooks(): Promise<JsonObject[]>;
  registered(): Promise<JsonObject | null>;
  /** Waits until the registration holds an entry that fails where no server answers, or none that does. Guardrails themselves never do. */
  untilRegistered(failurePolicy: 'Fail' | 'Ignore'): Promise<void>;
  stop(): Promise<void>;
}

export interface InstallOptions {
  readonly namespace?: string;
  /** Values, `key=value`. */
  readonly set?: readonly string[];
  /** File with the authority of client certificates, in place of the one that a ConfigMap would mount. */
  readonly clientCa?: string;
}

/** Installs the chart; no server runs yet. */
export async function install(plane: ControlPlane, options: InstallOptions = {}): Promise<Installation> {
  const { namespace = 'guard', set = [], clientCa } = options;
  const service = await startService();
  const replicas: Replica[] = [];
  const helm = async (...args: string[]) => told(args, await plane.helm([...args, '-n', namespace]));
  await helm('install', 'sallyport', chart, '--create-namespace', ...set.flatMap((value) => ['--set', value]));
  const kubeconfig = plane.kubeconfigFor(`servers-${namespace}`, await plane.token(namespace, 'sallyport'));
  const url = `https://127.0.0.1:${service.port}`;

  const installation: Installation = {
    namespace,
    replicas,
    async arguments() {
      const args = (await chartArguments(plane, namespace, url)).map((arg) =>
        clientCa !== undefined && arg.startsWith('--client-ca=') ? `--client-ca=${clientCa}` : arg,
      );
      return [...args, `--kubeconfig=${kubeconfig}`];
    },
    async start() {
      const replica = await startReplica(await installation.arguments());
      replicas.push(replica);
      service.add(replica);
      await until(`ready: ${replica.printed()}`, () => replica.ready());
      return replica;
    },
    async restart(count = 1) {
      await Promise.all(replicas.splice(0).map((replica) => replica.end('SIGTERM')));
      const args = await installation.arguments();
      for (let started = 0; started < count; started += 1) await installation.start();
      await installation.untilRegistered(args.includes('--mode=Enforce') ? 'Fail' : 'Ignore');
    },
    helm,
    upgrade: (...set) => helm('upgrade', 'sallyport', chart, '--reset-then-reuse-values', ...set.flatMap((value) => ['--set', value])),
    async registered() {
      const { code, stdout, stderr } = await plane.kubectl(['get', '--raw', configuration]);
      if (code === 0) return JSON.parse(stdout) as JsonObject;
      if (stderr.includes('NotFound')) return null;
      throw new Error(stderr);
    },
    async webhooks() {
      const found = (await installation.registered())?.['webhooks'];
      return Array.isArray(found) ? found.filter((entry) => isObject(entry)) : [];
    },
    async untilRegistered(failurePolicy) {
      await until(`registered with ${failurePolicy}`, async () => {
        const policies = (await installation.webhooks()).map((entry) => entry['failurePolicy']);
        return policies.length > 0 && policies.includes('Fail') === (failurePolicy === 'Fail');
      });
    },
    async stop() {
      await Promise.all(replicas.map((replica) => replica.end('SIGKILL')));
      await service.close();
    },
  };
  return installation;
}

async function chartArguments(plane: ControlPlane, namespace: string, url: string): Promise<string[]> {
  const path = ['-o', 'jsonpath={.spec.template.spec.containers[0].args}'];
  const args = JSON.parse(await plane.must(['get', 'deployment', 'sallyport', '-n', namespace, ...path])) as string[];
  const own = /^(serve|--(listen|ops-listen|register-service)=.*)$/;
  return [...args.filter((argument) => !own.test(argument)), `--register-url=${url}`];
}

function told(args: readonly string[], { code, stdout, stderr }: Ran): string {
  if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}`);
  return stdout + stderr;
}
