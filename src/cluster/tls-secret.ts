import type { Client } from './client.ts';
import { refusal } from './error.ts';
import { isObject } from '../kube/json.ts';
import type { JsonObject } from '../kube/json.ts';

/** What a Secret held: `data` is base64 by key, and `resourceVersion` is null where there is no Secret. */
export interface SecretState {
  readonly data: Readonly<Record<string, string>>;
  readonly resourceVersion: string | null;
}

/** One Secret that several processes share: a write succeeds only over what the writer has read. */
export interface TlsSecret {
  /** Throws ClusterError; `not-found` unless `create`. */
  read(): Promise<SecretState>;
  /** Replaces the whole of `data`. `conflict`: somebody else wrote since `resourceVersion`; read again. */
  write(data: Readonly<Record<string, string>>, resourceVersion: string | null): Promise<'written' | 'conflict'>;
}

export interface TlsSecretOptions {
  readonly namespace: string;
  readonly name: string;
  /** Create the Secret where it is absent; else it has to be there, if empty. */
  readonly create: boolean;
}

export function tlsSecret(client: Client, { namespace, name, create }: TlsSecretOptions): TlsSecret {
  const folder = `/api/v1/namespaces/${namespace}/secrets`;
  const path = `${folder}/${name}`;
  /** The object as last read: labels and type are written back with it, as a PUT has to. */
  let last: JsonObject | null = null;

  const load = async () => {
    const answer = await client.request('GET', path);
    if (answer.status < 300 && isObject(answer.body)) last = answer.body;
    else if (answer.status === 404 && create) last = null;
    else throw refusal(`read secret ${namespace}/${name}`, answer);
  };

  return {
    async read() {
      await load();
      return { data: dataOf(last), resourceVersion: versionOf(last) };
    },
    async write(data, resourceVersion) {
      if (versionOf(last) !== resourceVersion) await load();
      if (versionOf(last) !== resourceVersion) return 'conflict';
      const object = last ?? { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name, namespace } };
      const answer = await client.request(last === null ? 'POST' : 'PUT', last === null ? folder : path, { ...object, data });
      if (answer.status === 409) return 'conflict';
      // What the API server says of a Secret it does not take may quote it.
      if (answer.status >= 300) throw refusal(`write secret ${namespace}/${name}`, { status: answer.status, body: null });
      last = isObject(answer.body) ? answer.body : null;
      return 'written';
    },
  };
}

function dataOf(secret: JsonObject | null): Record<string, string> {
  const data = isObject(secret?.['data']) ? secret['data'] : {};
  return Object.fromEntries(Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function versionOf(secret: JsonObject | null): string | null {
  const version = isObject(secret?.['metadata']) ? secret['metadata']['resourceVersion'] : undefined;
  return typeof version === 'string' ? version : null;
}
