import { GUARDRAIL_VERSION } from '../../api/guardrail.ts';
import { isObject } from '../../kube/json.ts';
import type { ListItem } from '../../kube/list.ts';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';
import type { PolicyFile } from '../../policy/load.ts';
import type { YamlDocument } from '../../yaml/read.ts';
import type { Input } from './input.ts';

/** Where exceptions among what is scanned are noted, in the form that policies are loaded from. */
export interface ScannedExceptions {
  readonly see: (input: Input, document: YamlDocument, item: ListItem) => void;
  readonly files: readonly PolicyFile[];
}

/** Exceptions to guardrails of the set: those to others are somebody else's matter. */
export function scannedExceptions({ guardrails }: GuardrailSet): ScannedExceptions {
  const files: PolicyFile[] = [];
  return { see, files };

  function see(input: Input, document: YamlDocument, { value, path }: ListItem): void {
    if (!isObject(value) || value['kind'] !== 'GuardrailException' || value['apiVersion'] !== GUARDRAIL_VERSION) return;
    const spec = value['spec'];
    const named = isObject(spec) ? spec['guardrail'] : undefined;
    if (!guardrails.some(({ name }) => name === named)) return;
    const text = path === '' ? input.text.slice(document.start, document.end) : `${JSON.stringify(value)}\n`;
    files.push({ file: input.file, text: blankBefore(input.text, document.start) + text, origin: `scan ${input.file}` });
  }
}

/** As many empty lines as stand before, so that a fault is found at its own line. */
const blankBefore = (text: string, end: number): string => '\n'.repeat(text.slice(0, end).split('\n').length - 1);
