import { join } from 'node:path';
import { chart } from './chart-schema.ts';
import { helm } from './helm.ts';

const namespace = 'sallyport';

const preamble = `\
# Sallyport as plain manifests: the chart with its default values, for clusters without Helm.
# Generated from charts/sallyport by \`npm run generate\`: edit the chart.
#
#   kubectl apply -f sallyport.yaml
#
# It warns and refuses nothing. To enforce, set --mode=Enforce in the Deployment.
# Break-glass, unregister at once: kubectl delete validatingwebhookconfiguration sallyport
---
apiVersion: v1
kind: Namespace
metadata:
  name: ${namespace}
  labels:
    pod-security.kubernetes.io/enforce: restricted`;

/** Traces of Helm that mean nothing in a manifest which is applied as it is. */
const traces = /^(?:# Source: .*| +helm\.sh\/chart: .*| +app\.kubernetes\.io\/managed-by: Helm)\n/gm;

/** The chart's default rendering as plain manifests, with the namespace that Helm would make. Needs helm. */
export async function deployManifests(root: string, env: Readonly<Record<string, string | undefined>>): Promise<Record<string, string>> {
  const rendered = await helm(['template', namespace, join(root, chart), '--namespace', namespace], env);
  const documents = rendered.split(/^---$/m).map((text) => text.replaceAll(traces, '').trim());
  const ordered = documents.filter((text) => text !== '').toSorted((a, b) => compare(rank(a), rank(b)));
  return { 'deploy/sallyport.yaml': `${[preamble, ...ordered].join('\n---\n')}\n` };
}

/** Helm's own order changes with its version. The Deployment comes last, when all that it needs is there. */
function rank(manifest: string): string {
  const kind = /^kind: (\w+)/m.exec(manifest)?.[1] ?? '';
  return kind === 'Deployment' ? '~' : kind;
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
