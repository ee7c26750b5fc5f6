import type { GuardrailDocument } from '../api/guardrail.ts';
import type { Mode } from '../engine/finding.ts';
import type { JsonObject } from '../kube/json.ts';
import type { Compiler } from './guardrail-set.ts';
import { rememberingCompiler } from './guardrail-set.ts';
import type { Examined } from './policy-object.ts';
import { examineGuardrail } from './policy-object.ts';

/** What is made of each guardrail object once, ahead of the set that will hold it. */
export interface Preparation {
  readonly compiler: Compiler;
  readonly examine: (object: JsonObject) => Examined<GuardrailDocument>;
  /** Does now what a set would have to do: a stream of changes is worked off as it comes, and no request waits for all of it. */
  readonly prepare: (object: JsonObject, ceiling: Mode) => void;
}

/** The flag that would load an object elsewhere. */
export const OBJECT_ORIGIN = '--policies FILE';

export function preparation(): Preparation {
  const compiler = rememberingCompiler();
  const examined = new WeakMap<JsonObject, Examined<GuardrailDocument>>();

  function examine(object: JsonObject): Examined<GuardrailDocument> {
    const found = examined.get(object) ?? examineGuardrail(object);
    examined.set(object, found);
    return found;
  }

  return {
    compiler,
    examine,
    prepare(object, ceiling) {
      const { document } = examine(object);
      if (document === null) return;
      compiler.guardrail(document, ceiling, OBJECT_ORIGIN);
      compiler.text(document);
    },
  };
}
