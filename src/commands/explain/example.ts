import { Default } from 'typebox/value';
import { parse, stringify } from 'yaml';
import type { AnyCheck } from '../../engine/check.ts';
import { evaluate } from '../../engine/evaluate.ts';
import type { Finding } from '../../engine/finding.ts';
import { applyCures } from '../../fix/apply-cures.ts';
import type { JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { readPod } from '../../kube/pod.ts';

export interface Example {
  /** What the check says of `before`. */
  readonly says: readonly string[];
  /** YAML: a pod spec, or metadata and spec. */
  readonly before: string;
  readonly after: string;
  /** What makes `after` of `before`; a human, where only one can choose. */
  readonly curedBy: 'sallyport fix' | 'sallyport fix --include review' | 'a human';
}

/** The example of a check under these params, or under its defaults where these find nothing in it. */
export function exampleOf(check: AnyCheck, params: unknown): Example {
  const before = podOf(check.example.bad);
  const asked = findings(check, params, before);
  const found = asked.length > 0 ? asked : findings(check, Default(check.params, {}), before);
  const byHand = found.some(({ cure }) => cure === null);
  const after = byHand ? podOf(check.example.good) : (applyCures(before, found) as JsonObject);
  const review = found.some(({ cure }) => cure?.class === 'review');
  return {
    says: found.map(({ message }) => message),
    before: yaml(before),
    after: yaml(after),
    curedBy: byHand ? 'a human' : review ? 'sallyport fix --include review' : 'sallyport fix',
  };
}

function findings(check: AnyCheck, params: unknown, { metadata, spec }: JsonObject): Finding[] {
  const found: Finding[] = [];
  const rule = { guardrail: '', name: check.id, check, params, control: null, mode: 'Enforce', failureMode: 'Enforce' } as const;
  evaluate([rule], readPod({ path: 'spec', metadataPath: 'metadata', metadata, spec }), found);
  return found;
}

/** An example is a pod spec, or has annotations beside it. */
function podOf(example: string): JsonObject {
  const { annotations, spec, ...rest } = parse(example) as JsonObject;
  return { metadata: isObject(annotations) ? { annotations } : {}, spec: isObject(spec) ? spec : rest };
}

/** Block style shows where a field belongs. */
function yaml({ metadata, spec }: JsonObject): string {
  const bare = isObject(metadata) && Object.keys(metadata).length === 0;
  return stringify(bare ? { spec } : { metadata, spec }, { lineWidth: 0 }).trimEnd();
}
