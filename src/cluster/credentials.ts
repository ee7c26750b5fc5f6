import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import type { AgentOptions, RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { Cluster, DispatcherOptions, User } from '@kubernetes/client-node';
import { load } from 'js-yaml';
import { ClusterError } from './error.ts';
import { isObject } from '../kube/json.ts';

/** Where the cluster is and who we are: `kubeconfig` is the path of a file; without it, the ServiceAccount mounted into the pod. */
export interface Source {
  readonly kubeconfig?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that stands for `/` when the ServiceAccount is looked up. */
  readonly root?: string;
}

/** What one request needs; read anew each time, since tokens, certificates and authorities rotate. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly transport: DispatcherOptions;
}

export interface Config {
  /** URL of the API server, without a slash at the end. */
  readonly server: string;
  credentials(): Promise<Credentials>;
}

/** Reads the kubeconfig or the ServiceAccount. Throws ClusterError `no-cluster` or `kubeconfig-unreadable`. */
export function readConfig(source: Source): Config {
  const config = source.kubeconfig === undefined ? inCluster(source) : fromFile(source.kubeconfig);
  const cluster = config.getCurrentCluster();
  if (cluster === null || config.getCurrentUser() === null) {
    throw new ClusterError(
      'kubeconfig-unreadable',
      `${source.kubeconfig ?? 'ServiceAccount'} names no cluster or no user in its current context`,
    );
  }
  return { server: cluster.server, credentials: () => credentials(config, cluster) };
}

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

function inCluster({ env, root = '' }: Source): KubeConfig {
  const host = env['KUBERNETES_SERVICE_HOST'];
  if (host === undefined || host === '') throw new ClusterError('no-cluster', 'not in a pod (KUBERNETES_SERVICE_HOST is not set)');
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`;
  const folder = `${root}${serviceAccount}`;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'cluster', server, caFile: `${folder}/ca.crt`, skipTLSVerify: false },
    { name: 'pod', authProvider: tokenFile(`${folder}/token`) },
  );
  return config;
}

function fromFile(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
    const tokenFiles = readTokenFiles(file);
    const useTokenFile = (user: User): User => {
      const path = tokenFiles.get(user.name);
      return path === undefined ? user : { ...user, authProvider: tokenFile(path) };
    };
    config.users = config.users.map(useTokenFile);
  } catch (error) {
    // A YAML error quotes lines of the file, and those may hold a token: only what the file system says is kept.
    const cause = isObject(error) && 'syscall' in error ? { cause: error } : {};
    throw new ClusterError('kubeconfig-unreadable', `could not read ${file}`, cause);
  }
  return config;
}

/** client-node knows `tokenFile` only under a name that no kubeconfig has. */
function readTokenFiles(file: string): ReadonlyMap<string, string> {
  const document: unknown = load(readFileSync(file, 'utf8'));
  const users = isObject(document) && Array.isArray(document['users']) ? document['users'] : [];
  const named = users.flatMap((entry) => {
    if (!isObject(entry) || !isObject(entry['user'])) return [];
    const { tokenFile: path } = entry['user'];
    return typeof entry['name'] === 'string' && typeof path === 'string' ? [[entry['name'], path] as const] : [];
  });
  return new Map(named);
}

/** Read again by client-node when a minute has passed. */
const tokenFile = (path: string) => ({ name: 'tokenFile', config: { tokenFile: path } });

async function credentials(config: KubeConfig, cluster: Cluster): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
    const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value).trim()] as const);
    return { headers: Object.fromEntries(headers), transport: config.createDispatcherOptions(cluster, options as AgentOptions) };
  } catch (error) {
    // An exec plugin's output is quoted by JSON.parse when it is cut short, and it holds the token.
    const cause = isObject(error) && error['name'] === 'SyntaxError' ? {} : { cause: error };
    throw new ClusterError('credentials-unavailable', `could not make credentials for ${cluster.server}`, cause);
  }
}
