import { isIP } from 'node:net';
import type { Level } from 'pino';
import { FlagError, oneOf, parseFlags } from '../flags.ts';
import type { PolicyFlags } from '../policy-flags.ts';
import { policyOptions } from '../policy-flags.ts';
import type { Project } from './upstream-objects.ts';
import { projects } from './upstream-objects.ts';

const flags = {
  ...policyOptions,
  listen: { type: 'string', default: '127.0.0.1:8443' },
  'ops-listen': { type: 'string', default: '127.0.0.1:8080' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  'tls-ca': { type: 'string' },
  'tls-self-signed': { type: 'boolean', default: false },
  'tls-secret': { type: 'string' },
  'client-ca': { type: 'string' },
  'client-name': { type: 'string' },
  kubeconfig: { type: 'string' },
  'no-cluster': { type: 'boolean', default: false },
  registration: { type: 'string', default: 'sallyport' },
  'no-registration': { type: 'boolean', default: false },
  'register-service': { type: 'string' },
  'register-url': { type: 'string' },
  'exclude-namespace': { type: 'string', multiple: true },
  'no-guardrail-objects': { type: 'boolean', default: false },
  'objects-only': { type: 'boolean', default: false },
  upstream: { type: 'string', multiple: true },
  'drain-delay': { type: 'string', default: '0' },
  'log-level': { type: 'string', default: 'info' },
} as const;

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Reference {
  readonly namespace: string;
  readonly name: string;
}

/** Where the server's certificate comes from. */
export type TlsFlags =
  | { readonly from: 'self-signed' }
  | { readonly from: 'files'; readonly cert: string; readonly key: string; readonly ca?: string }
  | { readonly from: 'secret'; readonly secret: Reference };

/** How the API server is told to reach us. */
export type Registered = { readonly by: 'service'; readonly service: Reference } | { readonly by: 'url'; readonly url: URL };

export interface ServeOptions {
  readonly policy: PolicyFlags;
  readonly listen: Address;
  readonly opsListen: Address;
  readonly tls: TlsFlags;
  readonly client: { readonly ca?: string; readonly name?: string };
  readonly kubeconfig: string | undefined;
  /** Whether anything asked for needs a cluster. */
  readonly cluster: boolean;
  /** Whether Guardrail and GuardrailException objects of the cluster are in force beside the files. */
  readonly objects: boolean;
  /** Projects whose policies in the cluster are in force too. */
  readonly upstream: readonly Project[];
  /** Name of the ValidatingWebhookConfiguration and of the Lease. */
  readonly registration: string;
  /** null: nothing is registered. */
  readonly register: Registered | null;
  /** Names that the certificate must carry. */
  readonly hosts: readonly string[];
  readonly excludeNamespaces: readonly string[];
  readonly drainMs: number;
  readonly logLevel: Level;
}

/** @throws FlagError naming the flag */
export function serveOptions(argv: string[]): ServeOptions {
  const { values } = parseFlags(argv, flags, false);
  const listen = address('listen', values.listen);
  const registered = registeredBy(values['register-service'], values['register-url']);
  const register = values['no-registration'] ? null : registered;
  const tls = tlsFlags(values);
  const needed = register !== null || tls.from === 'secret';
  if (needed && values['no-cluster'])
    throw new FlagError('--no-cluster leaves nowhere to register or to keep a Secret: drop it, or the flags that need a cluster');
  const cluster = !values['no-cluster'] && (needed || values.kubeconfig !== undefined);
  const objects = cluster && !values['no-guardrail-objects'];
  return {
    policy: values['objects-only'] ? noFiles(values, objects) : values,
    listen,
    opsListen: address('ops-listen', values['ops-listen']),
    tls,
    client: clientCheck(values['client-ca'], values['client-name']),
    kubeconfig: values.kubeconfig,
    cluster,
    objects,
    upstream: followed(values.upstream ?? [], objects),
    registration: values.registration,
    register,
    hosts: hosts(listen, registered),
    excludeNamespaces: values['exclude-namespace'] ?? ['kube-system', 'kube-node-lease'],
    drainMs: seconds('drain-delay', values['drain-delay']) * 1000,
    logLevel: oneOf<Level>('log-level', values['log-level'], ['debug', 'info', 'warn', 'error']),
  };
}

function address(flag: string, value: string): Address {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(value);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new FlagError(`--${flag} ${value}: HOST:PORT is expected, such as 0.0.0.0:8443 or [::]:8443`);
  return { host: (match[1] ?? match[2]) || '::', port };
}

function tlsFlags(values: {
  'tls-cert'?: string;
  'tls-key'?: string;
  'tls-ca'?: string;
  'tls-self-signed': boolean;
  'tls-secret'?: string;
}): TlsFlags {
  const { 'tls-cert': cert, 'tls-key': key, 'tls-ca': ca, 'tls-self-signed': selfSigned, 'tls-secret': secret } = values;
  const named = [cert ?? key ?? ca, selfSigned || undefined, secret].filter((value) => value !== undefined);
  if (named.length !== 1) {
    throw new FlagError(
      `name ${named.length === 0 ? 'a' : 'one'} source of the certificate: --tls-cert and --tls-key, --tls-secret, or --tls-self-signed to try things out`,
    );
  }
  if (selfSigned) return { from: 'self-signed' };
  if (secret !== undefined) return { from: 'secret', secret: reference('tls-secret', secret) };
  if (cert === undefined || key === undefined)
    throw new FlagError(`--tls-cert and --tls-key go together; --tls-${cert === undefined ? 'cert' : 'key'} is missing`);
  return { from: 'files', cert, key, ...(ca !== undefined && { ca }) };
}

function clientCheck(ca: string | undefined, name: string | undefined): ServeOptions['client'] {
  if (name !== undefined && ca === undefined)
    throw new FlagError('--client-name needs --client-ca: a name proves nothing without the authority that vouches for it');
  return { ...(ca !== undefined && { ca }), ...(name !== undefined && { name }) };
}

function registeredBy(service: string | undefined, url: string | undefined): Registered | null {
  if (service !== undefined && url !== undefined) throw new FlagError('--register-service and --register-url exclude each other');
  if (service !== undefined) return { by: 'service', service: reference('register-service', service) };
  return url === undefined ? null : { by: 'url', url: webhookUrl(url) };
}

/** The API server wants https and no query; the path is ours where none is given. */
function webhookUrl(value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url?.protocol !== 'https:' || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new FlagError(
      `--register-url ${value}: an https URL without user, query and fragment is expected, such as https://192.0.2.1:8443`,
    );
  }
  if (url.pathname === '/') url.pathname = '/validate';
  return url;
}

function reference(flag: string, value: string): Reference {
  const [namespace, name, ...rest] = value.split('/');
  if (!namespace || !name || rest.length > 0) throw new FlagError(`--${flag} ${value}: NAMESPACE/NAME is expected`);
  return { namespace, name };
}

function seconds(flag: string, value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number) || number < 0 || number > 3600)
    throw new FlagError(`--${flag} ${value}: seconds between 0 and 3600 are expected`);
  return number;
}

function followed(names: readonly string[], objects: boolean): Project[] {
  if (names.length > 0 && !objects)
    throw new FlagError('--upstream reads policies of a cluster: name one with --kubeconfig, without --no-guardrail-objects, or drop it');
  return names.map((name) => oneOf('upstream', name, projects));
}

function noFiles(flags: PolicyFlags, objects: boolean): PolicyFlags {
  if (flags.policies !== undefined || flags['pod-security'] !== undefined)
    throw new FlagError('--objects-only leaves no room for --policies and --pod-security: drop it, or these');
  if (!objects)
    throw new FlagError('--objects-only needs a cluster whose guardrail objects are read: name one with --kubeconfig, or drop it');
  return { ...flags, policies: [] };
}

function hosts(listen: Address, registered: Registered | null): string[] {
  const local = ['localhost', '127.0.0.1', '::1', ...(isIP(listen.host) && !/^(0\.0\.0\.0|::)$/.test(listen.host) ? [listen.host] : [])];
  if (registered === null) return [...new Set(local)];
  if (registered.by === 'url') return [...new Set([registered.url.hostname.replace(/^\[|\]$/g, ''), ...local])];
  const { namespace, name } = registered.service;
  return [`${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`];
}
