import { resolve } from 'node:path';
import { connect } from '../../cluster/client.ts';
import type { Client } from '../../cluster/client.ts';
import { isObject } from '../../kube/json.ts';
import type { Json } from '../../kube/json.ts';
import { FlagError, parseFlags } from '../flags.ts';
import type { Io } from '../io.ts';
import { compactSchemas, schemasText } from './compact-schemas.ts';

/** `generate schemas --kubeconfig FILE`: prints what `scan --strict --schemas` goes by. Throws FlagError, ClusterError. */
export async function run(argv: string[], io: Io): Promise<number> {
  const { values } = parseFlags(argv, { kubeconfig: { type: 'string' } }, false);
  if (values.kubeconfig === undefined) throw new FlagError('generate schemas: say which cluster, with --kubeconfig FILE');
  const client = connect({ kubeconfig: resolve(io.cwd, values.kubeconfig), env: io.env });
  try {
    io.stdout(await clusterSchemas(client));
  } finally {
    await client.close();
  }
  return 0;
}

/** Schemas of every kind that a cluster serves, its custom resources too. */
async function clusterSchemas(client: Client): Promise<string> {
  const { gitVersion } = asObject(await get(client, '/version'));
  const { paths } = asObject(await get(client, '/openapi/v3'));
  const documents: Json[] = [];
  for (const path of Object.keys(asObject(paths)).toSorted()) {
    // One after another: each is up to 1.6 MB.
    if (/^(api|apis\/[^/]+)\/v[^/]+$/.test(path)) documents.push(await get(client, `/openapi/v3/${path}`));
  }
  return schemasText(compactSchemas(typeof gitVersion === 'string' ? gitVersion : 'of that cluster', documents));
}

async function get(client: Client, path: string): Promise<Json> {
  const { status, body } = await client.request('GET', path, undefined, { timeout: 60_000 });
  if (status !== 200) throw new FlagError(`generate schemas: ${client.server} answered ${status} to GET ${path}; may this user read it?`);
  return body;
}

const asObject = (value: Json | undefined): Record<string, Json | undefined> => (isObject(value) ? value : {});
