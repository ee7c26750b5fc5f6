import { parsePath } from '../../kube/field-path.ts';
import type { Json, JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { locator } from '../../yaml/locate.ts';
import { readDocuments } from '../../yaml/read.ts';
import type { Input, Rendered } from './input.ts';

interface Written {
  readonly file: string;
  readonly text: string;
  readonly document: { readonly value: JsonObject; readonly line: number; readonly start: number; readonly end: number };
}

/**
 * Answers for an object that kustomize has made which file it was written in, and where its fields stand there; null where that cannot be
 * known. Kustomize puts text before and after names, and patches what it likes: of a field that has another value now, nobody is told.
 */
export function origins(files: readonly { file: string; text: string }[]): (made: Json) => Pick<Input, 'file' | 'rendered'> | null {
  const written = files.flatMap(({ file, text }) =>
    readDocuments(text).flatMap((document): Written[] => {
      if ('error' in document || !isObject(document.value)) return [];
      return [{ file, text, document: { ...document, value: document.value } }];
    }),
  );
  return (made) => {
    const origin = isObject(made) ? originOf(made, written) : null;
    return origin === null ? null : { file: origin.file, rendered: renderedFrom(origin, made) };
  };
}

function originOf(made: JsonObject, written: readonly Written[]): Written | null {
  const sameKind = written.filter(
    ({ document: { value } }) => value['kind'] === made['kind'] && value['apiVersion'] === made['apiVersion'],
  );
  const name = nameOf(made);
  const exact = sameKind.filter(({ document }) => nameOf(document.value) === name);
  const renamed = sameKind.filter(({ document }) => nameOf(document.value) !== '' && name.includes(nameOf(document.value)));
  const [found, another] = exact.length > 0 ? exact : renamed;
  return another === undefined ? (found ?? null) : null;
}

function renderedFrom({ text, document }: Written, made: Json): Rendered {
  const locate = locator(text, document);
  return {
    source: text,
    comments: { first: lineAt(text, document.start), last: lineAt(text, document.end) },
    start: { line: document.line, column: 1 },
    place: (_position, path) => (path !== null && isUnchanged(document.value, made, path) ? locate(path) : null),
  };
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** Whether the way to a field leads through the same named items, and to the same value or to none that was written. */
function isUnchanged(written: Json, made: Json, path: string): boolean {
  let [from, to]: [Json | undefined, Json | undefined] = [written, made];
  for (const step of parsePath(path)) {
    [from, to] = [childOf(from, step), childOf(to, step)];
    if (from === undefined) return true;
    if (typeof step === 'number' && nameIn(from) !== nameIn(to)) return false;
  }
  return JSON.stringify(from) === JSON.stringify(to) || (isObject(from) && isObject(to));
}

function childOf(value: Json | undefined, step: string | number): Json | undefined {
  if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
  return isObject(value) ? value[String(step)] : undefined;
}

const nameIn = (value: Json | undefined): Json | undefined => (isObject(value) ? value['name'] : undefined);

function nameOf(object: JsonObject): string {
  const name = nameIn(object['metadata']);
  return typeof name === 'string' ? name : '';
}
