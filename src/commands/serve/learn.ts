import type { Client } from '../../cluster/client.ts';
import { listObjects } from '../../cluster/object-list.ts';
import type { ExistingPods, Facts, NamespaceFacts, Want } from '../../engine/facts.ts';
import type { Json } from '../../kube/json.ts';
import { labelsOf } from '../../kube/selector.ts';
import type { JudgeDeps } from '../../webhook/judge-request.ts';

/** Milliseconds for one question to the API server, which waits for our own answer meanwhile. */
const ASK_MS = 1000;
/** Questions at a time: a flood of requests from namespaces that nobody knows must not become one to the API server. */
const MAX_QUESTIONS = 20;
/** As many pods as the built-in plugin looks at. */
const MAX_PODS = 3000;

/** Asks the API server for what judging wants and the copies of objects do not hold. What cannot be learnt in time stays unknown. */
export function learner(client: Client, now: () => number): NonNullable<JudgeDeps['learn']> {
  const open = new Map<string, Promise<unknown>>();

  return async (wants, facts, deadline) => {
    const milliseconds = Math.min(ASK_MS, deadline - now());
    if (milliseconds <= 0) return facts;
    const learnt = await Promise.all(wants.map(async (want) => learn(want, milliseconds)));
    return learnt.reduce<Facts>((known, more) => more(known), facts);
  };

  async function learn(want: Want, milliseconds: number): Promise<(facts: Facts) => Facts> {
    if (want.kind === 'namespace') {
      const found = await once(`namespace ${want.name}`, () => readNamespace(want.name, milliseconds));
      return found === undefined ? unchanged : withNamespace(want.name, found);
    }
    const pods = await once(`pods ${want.namespace}`, () => readPods(want.namespace, milliseconds));
    return pods === undefined ? unchanged : withPods(want.namespace, pods, now() + milliseconds, now);
  }

  /** Who asks the same while a question is open gets the same answer. Undefined: it could not be learnt. */
  async function once<T>(key: string, ask: () => Promise<T | undefined>): Promise<T | undefined> {
    const asked = open.get(key) as Promise<T | undefined> | undefined;
    if (asked !== undefined) return asked;
    if (open.size >= MAX_QUESTIONS) return undefined;
    const question = ask()
      .catch(() => undefined)
      .finally(() => open.delete(key));
    open.set(key, question);
    return question;
  }

  async function readNamespace(name: string, timeout: number): Promise<NamespaceFacts | null | undefined> {
    const { status, body } = await client.request('GET', `/api/v1/namespaces/${encodeURIComponent(name)}`, undefined, { timeout });
    if (status === 404) return null;
    const labels = status < 300 ? labelsOf(body) : null;
    return labels === null ? undefined : { labels };
  }

  async function readPods(namespace: string, timeout: number): Promise<readonly Json[]> {
    const signal = AbortSignal.timeout(timeout);
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
    const { items } = await listObjects(client, path, { pageSize: 500, timeout, signal, transform: (pod) => pod, onPage: () => undefined });
    return items.slice(0, MAX_PODS);
  }
}

const unchanged = (facts: Facts): Facts => facts;

const withNamespace =
  (name: string, found: NamespaceFacts | null) =>
  (facts: Facts): Facts => ({ ...facts, namespace: (asked) => (asked === name ? found : facts.namespace(asked)) });

function withPods(namespace: string, items: readonly Json[], until: number, now: () => number): (facts: Facts) => Facts {
  const pods: ExistingPods = { items, late: () => now() > until };
  return (facts) => ({ ...facts, pods: (asked) => (asked === namespace ? pods : facts.pods?.(asked)) });
}
