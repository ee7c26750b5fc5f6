import type { ExceptionDocument } from '../../api/guardrail-exception.ts';
import type { Json } from '../../kube/json.ts';
import { honours } from '../../policy/exceptions.ts';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';
import { blockLines, flow } from '../../report/yaml-block.ts';

/** Namespaces that a guardrail does not yet list under exceptions.namespaces, and whose exceptions it would pass over. */
export interface Unheard {
  readonly guardrail: string;
  readonly namespaces: readonly string[];
}

export function unheard(documents: readonly ExceptionDocument[], { guardrails }: GuardrailSet): Unheard[] {
  return guardrails.flatMap((guardrail) => {
    const wanted = documents.filter(({ spec }) => spec.guardrail === guardrail.name).map(({ metadata }) => metadata.namespace);
    const namespaces = [...new Set(wanted)].filter((namespace) => !honours(guardrail, namespace)).toSorted();
    return namespaces.length === 0 ? [] : [{ guardrail: guardrail.name, namespaces }];
  });
}

/** What a guardrail has to say, in one line. */
export const unheardLine = ({ guardrail, namespaces }: Unheard): string =>
  `guardrail ${guardrail} must honour them: add to its spec.exceptions.namespaces ${flow([...namespaces])}`;

/** The file that `--draft-exceptions` writes: YAML that kubectl applies and `scan --exceptions` reads. */
export function draftText(documents: readonly ExceptionDocument[], missing: readonly Unheard[]): string {
  const head = [
    '# Drafted by sallyport preview, so that Enforce can start: what runs already is excused until the date of each.',
    '# Read every one before it is applied: each lets something through, and its reason is only a draft.',
    ...missing.map((entry) => `# ${unheardLine(entry)}`),
  ];
  return `${[...head, ...documents.flatMap((document) => ['---', ...blockLines(document as unknown as Json, '')])].join('\n')}\n`;
}
