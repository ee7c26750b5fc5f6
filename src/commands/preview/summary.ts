import type { Row } from '../live/row.ts';
import { byPlace } from '../live/row.ts';
import type { Effect, PreviewFinding } from './judge-preview.ts';

/** What a preview says, before any format. */
export interface Preview {
  readonly totals: Totals;
  /** By name; `''` for what is in none. */
  readonly namespaces: readonly (Totals & { readonly namespace: string })[];
  readonly entries: readonly Entry[];
}

/** Workloads by the worst that would happen to them, and the pods that were seen of them all. */
export interface Totals {
  readonly workloads: number;
  readonly denied: number;
  readonly warned: number;
  readonly excused: number;
  readonly audited: number;
  readonly allowed: number;
  readonly skipped: number;
  readonly pods: number;
}

/** What one rule would do to one workload. */
export interface Entry {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly source: string;
  readonly pods: number;
  readonly guardrail: string;
  readonly rule: string;
  readonly effect: Told;
  /** How many places of the workload are at fault, and the first of them. */
  readonly findings: number;
  readonly path: string;
  readonly message: string;
  /** What excuses it, where it is excused. */
  readonly exceptions: readonly string[];
}

type Told = Exclude<Effect, 'none'>;

/** Worst first. */
const told: readonly Told[] = ['denied', 'warned', 'excused', 'audited'];

export function summarise(rows: readonly Row<PreviewFinding>[]): Preview {
  const byNamespace = Map.groupBy(rows.toSorted(byPlace), ({ namespace }) => namespace);
  return {
    totals: totalsOf(rows),
    namespaces: [...byNamespace].map(([namespace, those]) => ({ namespace, ...totalsOf(those) })),
    entries: rows.toSorted(byPlace).flatMap(entriesOf),
  };
}

function totalsOf(rows: readonly Row<PreviewFinding>[]): Totals {
  const worst = rows.map(worstOf);
  const count = (word: string): number => worst.filter((found) => found === word).length;
  return {
    workloads: rows.length,
    denied: count('denied'),
    warned: count('warned'),
    excused: count('excused'),
    audited: count('audited'),
    allowed: count('allowed'),
    skipped: count('skipped'),
    pods: rows.reduce((sum, { pods }) => sum + pods, 0),
  };
}

function worstOf({ findings, verdict }: Row<PreviewFinding>): Told | 'allowed' | 'skipped' {
  const worst = told.find((effect) => findings.some(({ finding }) => finding.effect === effect));
  return worst ?? (verdict === 'skip' ? 'skipped' : 'allowed');
}

function entriesOf({ namespace, kind, name, source, pods, findings }: Row<PreviewFinding>): Entry[] {
  const groups = Map.groupBy(findings, ({ finding: { effect, guardrail, rule } }) => JSON.stringify([guardrail, rule, effect]));
  const entries = [...groups.values()].flatMap((group): Entry[] => {
    const first = group[0]?.finding;
    if (first === undefined || first.effect === 'none') return [];
    const { guardrail, rule, effect, path, message } = first;
    const exceptions = [...new Set(group.flatMap(({ finding }) => finding.exception ?? []))];
    return [{ namespace, kind, name, source, pods, guardrail, rule, effect, findings: group.length, path, message, exceptions }];
  });
  return entries.toSorted((a, b) => told.indexOf(a.effect) - told.indexOf(b.effect));
}
