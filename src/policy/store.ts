import type { ExceptionDocument } from '../api/guardrail-exception.ts';
import type { GuardrailDocument } from '../api/guardrail.ts';
import type { Mode } from '../engine/finding.ts';
import { isObject } from '../kube/json.ts';
import type { Json, JsonObject } from '../kube/json.ts';
import type { Compiler, GuardrailSet, LoadedGuardrail } from './guardrail-set.ts';
import { guardrailSet } from './guardrail-set.ts';
import type { Examined } from './policy-object.ts';
import type { Fault } from './schema-faults.ts';
import { examineException, examineGuardrail, generationOf, metadataText } from './policy-object.ts';
import type { Preparation } from './preparation.ts';
import { OBJECT_ORIGIN, preparation } from './preparation.ts';
import { ruleNames } from './rule-names.ts';
import type { UpstreamSet } from './upstream/unit.ts';
import { loadUpstream } from './upstream/load-upstream.ts';
import { withUpstream } from './upstream/with-upstream.ts';

/** Policies of the files that the flags name. */
export interface FilePolicies {
  readonly guardrails: readonly LoadedGuardrail[];
  readonly exceptions: readonly ExceptionDocument[];
  /** Policies of other projects' kinds. */
  readonly upstream?: UpstreamSet;
  readonly ceiling: Mode;
  /** Milliseconds that an exception may hold at most. */
  readonly maxLifetime: number;
}

/** A version of a guardrail that had no fault. */
export interface LastGood {
  readonly generation: number;
  readonly document: GuardrailDocument;
}

/** What became of a Guardrail object. */
export interface GuardrailReview {
  readonly object: JsonObject;
  readonly examined: Examined<GuardrailDocument>;
  /** What of it is in force: the object itself, an earlier version of it, or null for nothing. */
  readonly inForce: LastGood | null;
}

/** What became of a GuardrailException object. */
export interface ExceptionReview {
  readonly object: JsonObject;
  readonly examined: Examined<ExceptionDocument>;
}

export interface Policies {
  readonly set: GuardrailSet;
  /** Every guardrail that is in force, as it is written. */
  readonly documents: readonly GuardrailDocument[];
  readonly guardrails: readonly GuardrailReview[];
  readonly exceptions: readonly ExceptionReview[];
  /** Objects of other projects' kinds that are not judged by, and why. */
  readonly upstream: readonly RefusedUpstream[];
}

export interface RefusedUpstream {
  readonly object: JsonObject;
  readonly faults: readonly Fault[];
}

/** Makes one set of files and objects, at a time in milliseconds since the epoch. */
export type PolicyStore = (
  files: FilePolicies,
  guardrails: readonly JsonObject[],
  exceptions: readonly JsonObject[],
  now: number,
  upstream?: readonly JsonObject[],
) => Policies;

/**
 * Makes one set of files and objects, and remembers what it has seen: a guardrail that is broken stays in force as it last was, from memory or
 * from its status, and what did not change is not made again.
 */
export function policyStore({ compiler, examine }: Preparation = preparation()): PolicyStore {
  const reviewGuardrail = guardrailReviewer(examine);
  const reviewException = exceptionReviewer();
  const makeSet = unchangedSet(compiler);
  const reviewUpstream = upstreamReviewer();

  return (files, guardrailObjects, exceptionObjects, now, upstreamObjects = []) => {
    const guardrails = reviewGuardrail(guardrailObjects, new Set(files.guardrails.map(({ document }) => document.metadata.name)));
    const loaded = guardrails.flatMap(({ inForce }) => (inForce === null ? [] : [{ document: inForce.document, origin: OBJECT_ORIGIN }]));
    const all = [...files.guardrails, ...loaded];
    const documents = all.map(({ document }) => document);
    const exceptions = reviewException(exceptionObjects, { documents, now, maxLifetime: files.maxLifetime });
    const excused = exceptions.flatMap(({ examined }) => examined.document ?? []);
    const upstream = reviewUpstream(upstreamObjects, files);
    return {
      set: makeSet(files, all, [...files.exceptions, ...excused], upstream.set),
      documents,
      guardrails,
      exceptions,
      upstream: upstream.refused,
    };
  };
}

/** Makes a set, or gives the last one again: a status that was written changes none, and what is remembered of a set is dear. */
function unchangedSet(compiler: Compiler) {
  let last: { readonly of: readonly object[]; readonly set: GuardrailSet } | null = null;
  return (
    { ceiling, maxLifetime }: FilePolicies,
    loaded: readonly LoadedGuardrail[],
    exceptions: readonly ExceptionDocument[],
    upstream: UpstreamSet,
  ): GuardrailSet => {
    const of = [...loaded.map(({ document }) => document), ...exceptions, upstream];
    if (last?.of.length === of.length && last.of.every((document, index) => document === of[index])) return last.set;
    last = { of, set: withUpstream(guardrailSet(loaded, ceiling, { documents: exceptions, maxLifetime }, compiler), upstream) };
    return last.set;
  };
}

/** Policies of other projects, of files and objects. They hang on each other, so a change makes all of the objects again. */
function upstreamReviewer() {
  let last: UpstreamReview | null = null;
  return (objects: readonly JsonObject[], { upstream, ceiling }: FilePolicies): UpstreamReview => {
    if (last?.from === upstream && last?.of.length === objects.length && last.of.every((object, index) => object === objects[index]))
      return last;
    const ofFiles: UpstreamSet = upstream ?? { policies: [], texts: [], ceiling };
    const { policies, texts, refused } = loadUpstream(
      objects.map((object) => ({ value: object, source: object, origin: OBJECT_ORIGIN })),
      ceiling,
    );
    last = {
      from: upstream,
      of: objects,
      set:
        objects.length === 0 ? ofFiles : { ...ofFiles, policies: [...ofFiles.policies, ...policies], texts: [...ofFiles.texts, ...texts] },
      refused: refused.map(({ source, faults }) => ({ object: source, faults })),
    };
    return last;
  };
}

interface UpstreamReview {
  readonly from: UpstreamSet | undefined;
  readonly of: readonly JsonObject[];
  readonly set: UpstreamSet;
  readonly refused: readonly RefusedUpstream[];
}

/** An object under its uid: one that is deleted and made again has no past. */
type Known<T> = Map<string, { readonly generation: number } & T>;

function guardrailReviewer(
  examine: Preparation['examine'],
): (objects: readonly JsonObject[], taken: ReadonlySet<string>) => GuardrailReview[] {
  let known: Known<{ taken: boolean; examined: Examined<GuardrailDocument>; inForce: LastGood | null }> = new Map();
  return (objects, names) => {
    const next: typeof known = new Map();
    const reviews = objects.map((object) => {
      const uid = metadataText(object, 'uid');
      const before = known.get(uid);
      const generation = generationOf(object);
      const taken = names.has(metadataText(object, 'name'));
      const same = before?.generation === generation && before.taken === taken;
      const entry = same ? before : { generation, taken, ...review(object, taken, before?.inForce ?? null) };
      next.set(uid, entry);
      return { object, examined: entry.examined, inForce: entry.inForce };
    });
    known = next;
    return reviews;
  };

  function review(object: JsonObject, taken: boolean, before: LastGood | null) {
    const name = metadataText(object, 'name');
    if (taken) return { examined: { document: null, faults: [nameTaken(name)], warnings: [] }, inForce: null };
    const examined = examine(object);
    if (examined.document !== null) return { examined, inForce: { generation: generationOf(object), document: examined.document } };
    return { examined, inForce: before ?? storedLastGood(object) };
  }
}

export const nameTaken = (name: string) => ({
  path: 'metadata.name',
  message: `the name "${name}" is taken by a guardrail that the servers load from a file`,
});

/** The last good version that a leader wrote into the status, if it still is one. */
function storedLastGood(object: JsonObject): LastGood | null {
  const { apiVersion, kind, metadata, status } = object;
  const stored: Json = isObject(status) && isObject(status['lastGood']) ? status['lastGood'] : {};
  const { document } = examineGuardrail({ apiVersion, kind, metadata, spec: stored['spec'] });
  return document && { generation: typeof stored['generation'] === 'number' ? stored['generation'] : 0, document };
}

interface ReviewContext {
  /** Guardrails in force. */
  readonly documents: readonly GuardrailDocument[];
  readonly now: number;
  readonly maxLifetime: number;
}

interface KnownException {
  readonly generation: number;
  /** Name of the guardrail that it is from, and what of that it was held to. */
  readonly target: string;
  readonly terms: string | null;
  readonly review: ExceptionReview;
}

/** All that an exception hangs on of its guardrail; null of one that is not there. Most changes of a guardrail leave it as it is. */
function exceptionTerms(): (guardrail: GuardrailDocument | undefined) => string | null {
  const known = new WeakMap<GuardrailDocument, string>();
  return (guardrail) => {
    if (guardrail === undefined) return null;
    const terms = known.get(guardrail) ?? JSON.stringify([[...ruleNames(guardrail)], guardrail.spec.exceptions?.namespaces ?? []]);
    known.set(guardrail, terms);
    return terms;
  };
}

function exceptionReviewer() {
  const byObject = new WeakMap<JsonObject, KnownException>();
  const byUid = new Map<string, KnownException>();
  const termsOf = exceptionTerms();
  return (objects: readonly JsonObject[], context: ReviewContext): ExceptionReview[] => {
    const byName = new Map(context.documents.map((document) => [document.metadata.name, document]));
    const reviews = objects.map((object) => {
      // Ten thousand of them are looked through at every change of anything.
      const before = byObject.get(object);
      if (before !== undefined && before.terms === termsOf(byName.get(before.target))) return before.review;
      const known = review(object, byName, context);
      byObject.set(object, known);
      byUid.set(metadataText(object, 'uid'), known);
      return known.review;
    });
    if (byUid.size > objects.length) forget(objects);
    return reviews;
  };

  function review(
    object: JsonObject,
    byName: ReadonlyMap<string, GuardrailDocument>,
    { documents, now, maxLifetime }: ReviewContext,
  ): KnownException {
    const [target, generation] = [guardrailNamed(object), generationOf(object)];
    const guardrail = byName.get(target);
    const before = byUid.get(metadataText(object, 'uid'));
    const terms = termsOf(guardrail);
    const same = before?.generation === generation && before.target === target && before.terms === terms;
    const guardrails = guardrail === undefined ? documents : [guardrail];
    const examined = same ? before.review.examined : examineException(object, { guardrails, now, maxLifetime });
    return { generation, target, terms, review: { object, examined } };
  }

  function forget(objects: readonly JsonObject[]): void {
    const here = new Set(objects.map((object) => metadataText(object, 'uid')));
    for (const uid of byUid.keys()) if (!here.has(uid)) byUid.delete(uid);
  }
}

function guardrailNamed({ spec }: JsonObject): string {
  const name = isObject(spec) ? spec['guardrail'] : undefined;
  return typeof name === 'string' ? name : '';
}
