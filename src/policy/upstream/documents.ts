import type { Json, JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import type { ExpressionFault } from './program.ts';
import { shapeFaults } from './shape-faults.ts';
import type { UpstreamKind } from './upstream-kind.ts';
import { upstreamKindOf } from './upstream-kind.ts';

/** A document among policies, and whatever tells where it is. */
export interface Candidate<S> {
  readonly value: Json;
  readonly source: S;
  /** The flag that loads it. */
  readonly origin: string;
}

/** A document of the right shape. */
export interface Sound<S, D> extends Candidate<S> {
  readonly document: D;
}

/** What is to be said of a document. */
export interface Told<S> {
  readonly source: S;
  readonly faults: readonly ExpressionFault[];
}

/** Documents of other projects by their kinds; those of the wrong shape, or whose name is taken, are refused. */
export class Documents<S> {
  readonly refused: Told<S>[] = [];
  readonly warned: Told<S>[] = [];
  /** What is of no kind that we know. */
  readonly others: Candidate<S>[] = [];
  readonly #byKind = new Map<string, { readonly one: Candidate<S>; readonly sound: boolean }[]>();
  readonly #taken = new Set<string>();

  constructor(candidates: readonly Candidate<S>[]) {
    for (const one of candidates) {
      const kind = upstreamKindOf(one.value);
      if (kind === null) this.others.push(one);
      else if ('refused' in kind) this.keep(one, [{ path: 'kind', message: kind.refused }]);
      else this.#file(kind, one);
    }
  }

  /** Also those of the wrong shape: what names them names something. */
  all(kind: string): Candidate<S>[] {
    return (this.#byKind.get(kind) ?? []).map(({ one }) => one);
  }

  /** @param kind `''`: those of the group in which every kind is one. */
  sound<D>(kind: string): Sound<S, D>[] {
    return (this.#byKind.get(kind) ?? []).flatMap(({ one, sound }) => (sound ? [{ ...one, document: one.value as unknown as D }] : []));
  }

  /** Whether nothing is wrong; what is, is told. */
  keep(one: Candidate<S>, faults: readonly ExpressionFault[]): boolean {
    if (faults.length > 0) this.refused.push({ source: one.source, faults });
    return faults.length === 0;
  }

  warn(one: Candidate<S>, message: string, path = 'metadata.name'): void {
    this.warned.push({ source: one.source, faults: [{ path, message }] });
  }

  #file({ kind: name = '', schema }: UpstreamKind, one: Candidate<S>): void {
    const faults = shapeFaults(schema, one.value);
    const id = [kindOf(one), namespaceOf(one), nameOf(one)].join(' ');
    if (faults.length === 0 && this.#taken.has(id))
      faults.push({ path: 'metadata.name', message: `the name "${nameOf(one)}" is taken by another ${kindOf(one)} among the policies` });
    this.#taken.add(id);
    const known = this.#byKind.get(name) ?? [];
    known.push({ one, sound: this.keep(one, faults) });
    this.#byKind.set(name, known);
  }
}

export const kindOf = ({ value }: Candidate<unknown>): string => textAt(value, 'kind');
export const nameOf = ({ value }: Candidate<unknown>): string => textAt(metadataOf(value), 'name');
/** Where kubectl would put it. */
export const namespaceOf = ({ value }: Candidate<unknown>): string => textAt(metadataOf(value), 'namespace') || 'default';

const metadataOf = (value: Json): JsonObject => (isObject(value) && isObject(value['metadata']) ? value['metadata'] : {});

function textAt(value: Json, key: string): string {
  const text = isObject(value) ? value[key] : undefined;
  return typeof text === 'string' ? text : '';
}
