import { isObject } from '../../kube/json.ts';
import { listItems } from '../../kube/list.ts';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';
import type { PolicyFile } from '../../policy/load.ts';
import { servesAsParam } from '../../policy/upstream/param-objects.ts';
import { readDocuments } from '../../yaml/read.ts';
import type { Input } from '../scan/input.ts';
import type { ScannedNamespaces } from '../scan/namespaces.ts';
import { scannedNamespaces } from '../scan/namespaces.ts';
import { notForKubectl } from '../scan/not-for-kubectl.ts';
import { readSubject } from '../scan/scan-files.ts';
import { scannedExceptions } from '../scan/scanned-exceptions.ts';
import type { FixSettings } from './settings.ts';

/** What judging a file takes from the other files: namespaces, params and exceptions, wherever they stand. */
export interface Ahead {
  readonly namespaces: ScannedNamespaces;
  readonly exceptions: readonly PolicyFile[];
}

/** Reads all that is to be fixed before anything is. */
export function readAhead(inputs: Iterable<Input>, set: GuardrailSet, { now, labels }: Pick<FixSettings, 'now' | 'labels'>): Ahead {
  const kinds = set.upstream?.params?.kinds ?? [];
  const namespaces = scannedNamespaces(now, labels, kinds);
  const exceptions = scannedExceptions(set);
  for (const input of inputs) for (const document of readDocuments(input.text)) if ('value' in document) see(input, document);
  return { namespaces, exceptions: exceptions.files };

  function see(input: Input, document: Parameters<typeof exceptions.see>[1]): void {
    for (const item of listItems(document.value)) {
      if (!isObject(item.value) || notForKubectl(item.value) !== null) continue;
      exceptions.see(input, document, item);
      const read = item.value['kind'] === 'Namespace' || servesAsParam(item.value, kinds) ? readSubject(item, '') : null;
      if (read !== null && 'subject' in read) namespaces.see(read.subject);
    }
  }
}
