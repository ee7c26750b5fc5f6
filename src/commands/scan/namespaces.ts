import type { ParamKind } from '../../api/upstream/expressions.ts';
import type { Facts, NamespaceFacts, ParamSource } from '../../engine/facts.ts';
import type { Subject } from '../../engine/subject.ts';
import type { Json } from '../../kube/json.ts';
import type { Labels } from '../../kube/selector.ts';
import { keyFault, labelsOf, valueFault } from '../../kube/selector.ts';
import { parseTime } from '../../kube/time.ts';
import { NAME_LABEL } from '../../policy/namespace-selector.ts';
import { paramObjects, servesAsParam } from '../../policy/upstream/param-objects.ts';
import type { ParamObjects } from '../../policy/upstream/params.ts';
import { paramsAmong } from '../../policy/upstream/params.ts';
import { FlagError } from '../flags.ts';

/** What a scan knows beside the object it judges: namespaces and params that are scanned too, else the labels of `--namespace-labels`. */
export interface ScannedNamespaces {
  /** Takes note of a Namespace among what is scanned, and of what policies may take as params. */
  readonly see: (subject: Pick<Subject, 'gvk' | 'object' | 'name'>) => void;
  /** While files are read: what was seen. A namespace may yet come, and params. */
  readonly soFar: Facts;
  /** When all are read; of a namespace of which nothing is known it is told once, and nothing but its name taken for known. */
  readonly atLast: (unknown: (name: string) => void) => Facts;
}

/** @param kinds what the policies take as params. */
export function scannedNamespaces(now: number, given: Labels | null, kinds: readonly ParamKind[] = []): ScannedNamespaces {
  const seen = new Map<string, NamespaceFacts>();
  const told = new Set<string>();
  const objects: Json[] = [];
  let among: ParamObjects | null = null;
  const params = (source: ParamSource): readonly Json[] => paramsAmong((among ??= paramObjects(objects)), source);
  return {
    see({ gvk, object, name }) {
      if (gvk.group === '' && gvk.kind === 'Namespace') seen.set(name, { ...named(name, labelsOf(object) ?? {}), object });
      if (!servesAsParam(object, kinds)) return;
      objects.push(object);
      among = null;
    },
    soFar: { now, namespace: (name) => seen.get(name), params: () => undefined },
    atLast: (unknown) => ({
      now,
      params,
      namespace(name) {
        const known = seen.get(name);
        if (known === undefined && given === null && !told.has(name)) unknown(name);
        told.add(name);
        return known ?? named(name, given ?? {});
      },
    }),
  };
}

const named = (name: string, labels: Labels): NamespaceFacts => ({ labels: { ...labels, [NAME_LABEL]: name } });

/** `K=V,…`, as often as it is given; null where it is not. @throws FlagError */
export function namespaceLabels(flags: readonly string[] | undefined): Labels | null {
  if (flags === undefined) return null;
  return Object.fromEntries(flags.flatMap((flag) => flag.split(',').filter(Boolean).map(labelOf)));
}

function labelOf(pair: string): [string, string] {
  const at = pair.indexOf('=');
  const [key, value] = [pair.slice(0, Math.max(at, 0)), pair.slice(at + 1)];
  const fault = at === -1 ? 'KEY=VALUE is expected' : (keyFault(key) ?? valueFault(value));
  if (fault !== null) throw new FlagError(`--namespace-labels ${pair}: ${fault}`);
  return [key, value];
}

/** The time of judging: what the flag says, else the clock. @throws FlagError */
export function timeOf(flag: string | undefined, clock: () => Date): number {
  if (flag === undefined) return clock().getTime();
  const time = parseTime(flag);
  if (time === null) throw new FlagError(`--now ${flag}: a time such as 2027-01-15T00:00:00Z is expected`);
  return time;
}
