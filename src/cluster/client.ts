import { Agent, ProxyAgent, request as send } from 'undici';
import type { Dispatcher, buildConnector } from 'undici';
import type { DispatcherOptions } from '@kubernetes/client-node';
import { readConfig } from './credentials.ts';
import type { Config, Source } from './credentials.ts';
import { ClusterError, refusal } from './error.ts';
import type { ClusterErrorCode } from './error.ts';
import { jsonLines } from './json-lines.ts';
import type { Json } from '../kube/json.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Options {
  /** Milliseconds for the whole request, connecting included; default 10,000. */
  readonly timeout?: number;
  /** Default `application/json`. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

export interface StreamOptions {
  /** Milliseconds without a byte after which the connection counts as dead. */
  readonly idle: number;
  readonly signal: AbortSignal;
  /** The API server has agreed: lines may follow. */
  readonly onOpen?: () => void;
}

/** Any status; `body` is null where the answer has none. */
export interface Answer {
  readonly status: number;
  readonly body: Json;
}

/** The one way to the API server. */
export interface Client {
  /** URL of the API server. */
  readonly server: string;
  /** `path` starts with `/api` or `/apis`. Answers whatever the status is; throws ClusterError where there is no answer. */
  request(method: Method, path: string, body?: Json, options?: Options): Promise<Answer>;
  /** The lines of an answer as they come, as of a watch: the first when the API server has agreed to it. Throws ClusterError, also for a status of 300 or above. */
  stream(path: string, options: StreamOptions): AsyncIterable<Json>;
  close(): Promise<void>;
}

/** A client for a kubeconfig or, without one, the ServiceAccount of the pod. Connects with the first request. Throws ClusterError. */
export function connect(source: Source): Client {
  let config = readConfig(source);
  const pool = openPool();
  const prepare = async () => {
    const { headers, transport } = await config.credentials();
    return { headers, dispatcher: pool.dispatcher(transport) };
  };
  const attempt = async (method: Method, path: string, body: Json | undefined, options: Options): Promise<Answer> =>
    exchange(config, method, path, body, { ...options, ...(await prepare()) });
  return {
    server: config.server,
    async request(method, path, body, options = {}) {
      const answer = await attempt(method, path, body, options);
      if (answer.status !== 401) return answer;
      // The token has been replaced since it was read.
      config = readConfig(source);
      return attempt(method, path, body, options);
    },
    async *stream(path, options) {
      try {
        yield* lines(config, path, { ...options, ...(await prepare()) });
      } catch (error) {
        if (!(error instanceof ClusterError && error.code === 'unauthorized')) throw error;
        config = readConfig(source);
        yield* lines(config, path, { ...options, ...(await prepare()) });
      }
    },
    close: () => pool.close(),
  };
}

type Prepared = Options & { readonly headers: Readonly<Record<string, string>>; readonly dispatcher: Dispatcher };

async function exchange(config: Config, method: Method, path: string, body: Json | undefined, prepared: Prepared): Promise<Answer> {
  const { timeout = 10_000, contentType = 'application/json', dispatcher } = prepared;
  const signal = AbortSignal.any([AbortSignal.timeout(Math.max(1, Math.ceil(timeout))), ...(prepared.signal ? [prepared.signal] : [])]);
  const headers = { ...prepared.headers, accept: 'application/json', 'user-agent': 'sallyport', 'content-type': contentType };
  const payload = body === undefined ? null : JSON.stringify(body);
  let status: number;
  let text: string;
  try {
    const answer = await send(`${config.server}${path}`, { method, headers, body: payload, dispatcher, signal });
    status = answer.statusCode;
    text = await answer.body.text();
  } catch (error) {
    throw new ClusterError(classify(error, prepared.signal), `no answer to ${method} ${path} from ${config.server}`, { cause: error });
  }
  return { status, body: parse(text, status, config.server) };
}

async function* lines(
  { server }: Config,
  path: string,
  { idle, signal, onOpen, headers, dispatcher }: StreamOptions & Pick<Prepared, 'headers' | 'dispatcher'>,
): AsyncGenerator<Json> {
  const accepted = { ...headers, accept: 'application/json', 'user-agent': 'sallyport' };
  try {
    const answer = await send(`${server}${path}`, { headers: accepted, dispatcher, signal, headersTimeout: idle, bodyTimeout: idle });
    const { statusCode: status, body } = answer;
    if (status >= 300) throw refusal(`watch ${path}`, { status, body: parse(await body.text(), status, server) });
    onOpen?.();
    yield* jsonLines(body);
  } catch (error) {
    if (error instanceof ClusterError) throw error;
    throw new ClusterError(classify(error, signal), `lost the answer to GET ${path} from ${server}`, { cause: error });
  }
}

function parse(text: string, status: number, server: string): Json {
  try {
    return text === '' ? null : (JSON.parse(text) as Json);
  } catch {
    // JSON.parse quotes the text, which may be anything; a proxy's error page still has its status.
    if (status >= 300) return null;
    throw new ClusterError('answer-unreadable', `${server} answered ${status} with something that is not JSON`);
  }
}

function classify(error: unknown, signal: AbortSignal | undefined): ClusterErrorCode {
  if (signal?.aborted === true) return 'aborted';
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
  if (name === 'TimeoutError' || /^UND_ERR_\w+_TIMEOUT$/.test(String(code))) return 'timeout';
  return /CERT|SIGNATURE|ISSUER|ALTNAME/.test(String(code)) ? 'untrusted' : 'unreachable';
}

interface Pool {
  /** The connections for these options: the same ones until a certificate or authority changes. */
  dispatcher(options: DispatcherOptions): Dispatcher;
  close(): Promise<void>;
}

function openPool(): Pool {
  let current: { readonly key: string; readonly dispatcher: Dispatcher } | null = null;
  return {
    dispatcher(options) {
      const key = JSON.stringify(options);
      if (current?.key === key) return current.dispatcher;
      // Requests in flight end on the old connections.
      current?.dispatcher.close().catch(() => undefined);
      current = { key, dispatcher: open(options) };
      return current.dispatcher;
    },
    async close() {
      await current?.dispatcher.destroy();
      current = null;
    },
  };
}

/** Connections outlive the pause between two renewals of a lease or two looks at the registration. */
const keepAliveTimeout = 30_000;

function open(options: DispatcherOptions): Dispatcher {
  if (options.type === 'none') return new Agent({ keepAliveTimeout });
  if (options.type === 'socks') throw new ClusterError('kubeconfig-unreadable', 'SOCKS proxies are not supported');
  // client-node types these as undici does, but for exactOptionalPropertyTypes.
  const connect = options.connect as buildConnector.BuildOptions;
  if (options.type === 'agent') return new Agent({ keepAliveTimeout, connect });
  return new ProxyAgent({ uri: options.uri, requestTls: options.requestTls as buildConnector.BuildOptions, connect });
}
