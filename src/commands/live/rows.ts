import type { Finding } from '../../engine/finding.ts';
import type { Subject } from '../../engine/subject.ts';
import type { Json } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import type { Judged, Row } from './row.ts';
import { addPod, isPod, rowOf } from './row.ts';

/** Gathers what runs under its topmost owners. Held are a row for each of them and the uid of whatever may own something, no object. */
export interface Rows<F extends Finding> {
  /** Owners first where that is known, pods last. */
  readonly add: (subject: Subject) => void;
  readonly all: () => Row<F>[];
}

export function gatherRows<F extends Finding>(judge: (subject: Subject) => Judged<F>): Rows<F> {
  const rows = new Map<string, Row<F>>();
  /** Of each listed object that is no pod: the uid of its controller, or `''`. */
  const controllers = new Map<string, string>();
  return { add, all: () => [...rows].filter(([uid]) => !controllers.has(controllers.get(uid) ?? '')).map(([, row]) => row) };

  function add(subject: Subject): void {
    const owner = ownerOf(subject.object);
    const uid = textIn(metadataOf(subject.object), 'uid') || `${subject.gvk.kind} ${subject.namespace}/${subject.name}`;
    if (isPod(subject)) return addTo(uid, owner, subject);
    controllers.set(uid, owner?.uid ?? '');
    // What a listed owner makes says no more than the owner, and old revisions of it say what no longer holds.
    if (owner === null || !controllers.has(owner.uid)) rows.set(uid, rowOf(subject, judge(subject), sourceOf(subject)));
  }

  function addTo(uid: string, owner: Owner | null, subject: Subject): void {
    const top = owner === null ? uid : topOf(owner.uid);
    const row = rows.get(top);
    if (row !== undefined) return addPod(row, subject, judge(subject));
    rows.set(top, owner === null ? rowOf(subject, judge(subject), sourceOf(subject)) : rowOfOwner(owner, subject));
  }

  /** Pods of something that is not among the kinds that are listed: they stand under its name. */
  function rowOfOwner({ apiVersion, kind, name }: Owner, subject: Subject): Row<F> {
    const row = rowOf(subject, judge(subject), sourceOf({ namespace: subject.namespace, gvk: { kind }, name }));
    return { ...row, apiVersion, kind, name };
  }

  function topOf(uid: string): string {
    let top = uid;
    // No chain of owners is longer; a ring of them must end.
    for (let steps = 0; steps < 10; steps++) {
      const above = controllers.get(top) ?? '';
      if (!controllers.has(above)) return top;
      top = above;
    }
    return top;
  }
}

interface Owner {
  readonly uid: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** The name of a stored object in a report, where that of its file would stand. */
const sourceOf = ({ namespace, gvk, name }: Pick<Subject, 'namespace' | 'name'> & { readonly gvk: { readonly kind: string } }): string =>
  `cluster:${[namespace, gvk.kind, name].filter(Boolean).join('/')}`;

/** The controller of an object. A node owns the static pods that it runs, which have nothing else in common. */
function ownerOf(object: Json): Owner | null {
  const references = metadataOf(object)['ownerReferences'];
  const found = (Array.isArray(references) ? references : []).find((reference) => isObject(reference) && reference['controller'] === true);
  if (!isObject(found) || found['kind'] === 'Node') return null;
  return { uid: textIn(found, 'uid'), apiVersion: textIn(found, 'apiVersion'), kind: textIn(found, 'kind'), name: textIn(found, 'name') };
}

function metadataOf(object: Json): Record<string, Json | undefined> {
  const metadata = isObject(object) ? object['metadata'] : null;
  return isObject(metadata) ? metadata : {};
}

function textIn(object: Record<string, Json | undefined>, key: string): string {
  const text = object[key];
  return typeof text === 'string' ? text : '';
}
