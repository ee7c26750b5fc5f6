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
  const names: ReadonlySet<unknown> = new Set(guardrails.map(({ name }) => name));
  const files: { file: string; text: string; origin: string }[] = [];
  /** The input whose documents the last of the files holds, and where the last of them ends. */
  let last: { input: Input; end: number } | null = null;
  return { see, files };

  function see(input: Input, document: YamlDocument, { value, path }: ListItem): void {
    if (!isObject(value) || value['kind'] !== 'GuardrailException' || value['apiVersion'] !== GUARDRAIL_VERSION) return;
    const spec = value['spec'];
    if (!names.has(isObject(spec) ? spec['guardrail'] : undefined)) return;
    if (path === '') seeDocument(input, document);
    else add(input, document, `${JSON.stringify(value)}\n`);
  }

  /** Documents of one file stay together: each alone, with the lines before it, thousands would be too much. */
  function seeDocument(input: Input, document: YamlDocument): void {
    const text = input.text.slice(document.start, document.end);
    const between = last?.input === input ? lineFeeds(input.text, last.end, document.start) : 0;
    const before = files.at(-1);
    if (between > 0 && before) before.text += `---\n${'\n'.repeat(between - 1)}${text}`;
    else add(input, document, text);
    last = { input, end: document.end };
  }

  /** As many empty lines as stand before, so that a fault is found at its own line. */
  function add({ file, text: whole }: Input, { start }: YamlDocument, text: string): void {
    files.push({ file, text: '\n'.repeat(lineFeeds(whole, 0, start)) + text, origin: `scan ${file}` });
    last = null;
  }
}

const lineFeeds = (text: string, start: number, end: number): number => text.slice(start, end).split('\n').length - 1;
