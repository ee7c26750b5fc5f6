import type { Client } from '../../cluster/client.ts';
import type { ExistingPods, Facts, Want } from '../../engine/facts.ts';
import { canonical } from '../../kube/canonical.ts';
import type { Json } from '../../kube/json.ts';
import type { JudgeDeps } from '../../webhook/judge-request.ts';
import { askAccess, askNamespace, askParams, askPods } from './ask.ts';

/** Milliseconds for one question to the API server, which waits for our own answer meanwhile. */
const ASK_MS = 1000;
/** Questions at a time: a flood of requests from namespaces that nobody knows must not become one to the API server. */
const MAX_QUESTIONS = 20;

/** Asks the API server for what judging wants and the copies of objects do not hold. What cannot be learnt in time stays unknown. */
export function learner(client: Client, now: () => number): NonNullable<JudgeDeps['learn']> {
  const open = new Map<string, Promise<Learnt>>();

  return async (wants, facts, deadline) => {
    const milliseconds = Math.min(ASK_MS, deadline - now());
    if (milliseconds <= 0) return facts;
    const learnt = await Promise.all(wants.map(async (want) => once(want, milliseconds)));
    return learnt.reduce<Facts>((known, more) => more(known), facts);
  };

  /** Who asks the same while a question is open gets the same answer. */
  async function once(want: Want, timeout: number): Promise<Learnt> {
    const key = canonical(want as unknown as Json);
    const asked = open.get(key);
    if (asked !== undefined) return asked;
    if (open.size >= MAX_QUESTIONS) return nothing;
    const question = ask(want, timeout)
      .catch(() => nothing)
      .finally(() => open.delete(key));
    open.set(key, question);
    return question;
  }

  async function ask(want: Want, timeout: number): Promise<Learnt> {
    if (want.kind === 'namespace') {
      const found = await askNamespace(client, want.name, timeout);
      return answered(found, (facts) => ({ namespace: (name) => (name === want.name ? found : facts.namespace(name)) }));
    }
    if (want.kind === 'pods') {
      const until = now() + timeout;
      const pods: ExistingPods = { items: await askPods(client, want.namespace, timeout), late: () => now() > until };
      return answered(pods, (facts) => ({ pods: (namespace) => (namespace === want.namespace ? pods : facts.pods?.(namespace)) }));
    }
    if (want.kind === 'params') {
      const found = await askParams(client, want.source, timeout);
      return answered(found, (facts) => ({ params: (source) => (same(source, want.source) ? found : facts.params?.(source)) }));
    }
    const found = await askAccess(client, want.review, timeout);
    return answered(found, (facts) => ({ access: (review) => (same(review, want.review) ? found : facts.access?.(review)) }));
  }
}

/** What facts become by an answer. */
type Learnt = (facts: Facts) => Facts;

const nothing: Learnt = (facts) => facts;

const answered = (found: unknown, more: (facts: Facts) => Partial<Facts>): Learnt =>
  found === undefined ? nothing : (facts) => ({ ...facts, ...more(facts) });

const same = (a: object, b: object): boolean => canonical(a as Json) === canonical(b as Json);
