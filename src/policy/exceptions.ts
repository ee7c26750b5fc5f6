import type { Finding } from '../engine/finding.ts';
import { UNREADABLE } from '../engine/evaluate.ts';
import type { Subject } from '../engine/subject.ts';
import type { Pod } from '../kube/pod.ts';
import type { Unreadable } from '../kube/pod-shape.ts';
import type { Exception } from './exception.ts';
import { endsSoon, excusedName } from './exception.ts';
import { matchesGlob } from './glob.ts';
import type { Guardrail } from './guardrail.ts';

/** The exceptions loaded, by where, for which guardrail and, where they say one, for which name they hold. */
export type Exceptions = ReadonlyMap<string, ReadonlyMap<string | null, readonly Exception[]>>;

export function indexExceptions(exceptions: readonly Exception[]): Exceptions {
  const groups = Map.groupBy(exceptions.toSorted(byId), ({ namespace, guardrail }) => keyOf(namespace, guardrail));
  return new Map([...groups].map(([key, group]) => [key, Map.groupBy(group, ({ name }) => name)]));
}

const byId = (a: Exception, b: Exception): number => (a.id < b.id ? -1 : 1);

const keyOf = (namespace: string, guardrail: string): string => `${namespace}/${guardrail}`;

/** Whether a guardrail honours the exceptions of a namespace: by default none, so that nobody can grant itself one. */
export const honours = ({ honours: namespaces = [] }: Pick<Guardrail, 'honours'>, namespace: string): boolean =>
  namespace !== '' && namespaces.some((pattern) => matchesGlob(pattern, namespace));

/** The exceptions that hold for an object, under a guardrail, now. */
export function exceptionsFor(exceptions: Exceptions | undefined, guardrail: Guardrail, subject: Subject, now: number): Exception[] {
  const granted = exceptions?.get(keyOf(subject.namespace, guardrail.name));
  if (granted === undefined || !honours(guardrail, subject.namespace)) return [];
  // A namespace may hold thousands, each for one object.
  const candidates = [...(granted.get(excusedName(subject)) ?? []), ...(granted.get(null) ?? [])];
  return candidates.filter((exception) => exception.expires > now && exception.matches(subject)).toSorted(byId);
}

/** Marks what is excused; what could not be read is nobody's to excuse. */
export function excuse(
  findings: readonly Finding[],
  exceptions: readonly Exception[],
  pods: readonly (Pod | Unreadable)[],
  now: number,
): { findings: Finding[]; notes: string[] } {
  const used = new Set<Exception>();
  const marked = findings.map((finding): Finding => {
    if (finding.check === UNREADABLE) return finding;
    const exception = exceptions.find(({ excuses }) => excuses(finding, pods));
    if (exception === undefined) return finding;
    used.add(exception);
    return { ...finding, state: 'excepted', exception: exception.id };
  });
  return { findings: marked, notes: [...used].filter((exception) => endsSoon(exception, now)).map(ending) };
}

const ending = ({ id, guardrail, expires }: Exception): string =>
  `the exception ${id} from guardrail ${guardrail} ends at ${new Date(expires).toISOString()}; after that this is judged without it`;
