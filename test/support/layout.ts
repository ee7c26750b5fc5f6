import { isObject } from '../../src/kube/json.ts';
import type { Json } from '../../src/kube/json.ts';

/** Answers a number below `count`: the choices that make a layout. */
export type Pick = (count: number) => number;

/** Writes an object as YAML in a way that the choices make up: braces and dashes, quotes, comments, blank lines, aliases, odd spaces. */
export function layOut(value: Json, pick: Pick): string {
  const anchors: { name: string; json: string }[] = [];
  const ending = pick(4) === 0 ? '\r\n' : '\n';
  const opening = `${pick(8) === 0 ? '\uFEFF' : ''}${pick(6) === 0 ? '---\n' : ''}${comment('')}`;
  const body = `${opening}${block(value, '')}`;
  const ended = pick(5) === 0 ? body.replace(/\n+$/, '') : `${body}${pick(6) === 0 ? '\n# the end\n' : ''}`;
  return ended.replaceAll('\n', ending);

  /** Lines of a value that is not empty; the first is indented too. */
  function block(at: Json, indent: string): string {
    if (Array.isArray(at)) return at.map((item) => `${comment(indent)}${indent}-${behindDash(item, indent)}`).join('');
    const entries = Object.entries(isObject(at) ? at : {});
    return entries.map(([key, item = null]) => `${comment(indent)}${indent}${text(key)}:${under(item, indent)}`).join('');
  }

  function under(at: Json, indent: string): string {
    if (at === null && pick(3) === 0) return lineEnd();
    if (typeof at === 'string' && pick(6) === 0) return ` ${['|-', '>-'][pick(2)]}\n${indent}  ${at}\n${pick(2) === 0 ? '\n' : ''}`;
    if (!holds(at) || pick(4) === 0) return ` ${pick(5) === 0 ? ' ' : ''}${inline(at, indent)}${lineEnd()}`;
    const alias = reuse(at);
    if (alias !== null) return ` ${alias}${lineEnd()}`;
    const deeper = indent + ' '.repeat(Array.isArray(at) ? pick(2) * 2 : [2, 4, 1][pick(3)]!);
    return `${anchor(at)}${lineEnd()}${block(at, deeper)}`;
  }

  function behindDash(at: Json, indent: string): string {
    if (!holds(at) || pick(4) === 0) return ` ${inline(at, indent)}${lineEnd()}`;
    const alias = reuse(at);
    if (alias !== null) return ` ${alias}${lineEnd()}`;
    if (pick(4) === 0) return `${anchor(at)}${lineEnd()}${block(at, `${indent}  `)}`;
    const gap = 1 + pick(2);
    const inside = block(at, `${indent} ${' '.repeat(gap)}`);
    return /^\s*#|^\n/.test(inside) ? `\n${inside}` : ' '.repeat(gap) + inside.trimStart();
  }

  function inline(at: Json, indent: string): string {
    const alias = holds(at) ? reuse(at) : null;
    if (alias !== null) return `${alias} `;
    const named = holds(at) ? anchor(at).trimStart() : '';
    const gap = named === '' ? '' : `${named} `;
    if (Array.isArray(at))
      return (
        gap +
        brackets(
          '[',
          at.map((item) => inline(item, indent)),
          ']',
          indent,
        )
      );
    if (isObject(at))
      return (
        gap +
        brackets(
          '{',
          Object.entries(at).map(([key, item = null]) => `${text(key)}: ${inline(item, indent)}`),
          '}',
          indent,
        )
      );
    return scalar(at);
  }

  function brackets(open: string, parts: readonly string[], close: string, indent: string): string {
    if (parts.length === 0) return open + close;
    if (pick(4) === 0) {
      const lines = parts.map((part) => `\n${indent}   ${part}`).join(pick(2) === 0 ? ',' : ', # why');
      return `${open}${lines}${pick(3) === 0 ? ',' : ''}\n${indent} ${close}`;
    }
    const pad = pick(2) === 0 ? ' ' : '';
    return `${open}${pad}${parts.join(pick(2) === 0 ? ', ' : ' ,  ')}${pick(6) === 0 ? ' ,' : ''}${pad}${close}`;
  }

  function scalar(at: Json): string {
    return typeof at === 'string' ? text(at) : at === null ? ['null', '~'][pick(2)]! : JSON.stringify(at);
  }

  function text(at: string): string {
    const plain = /^[a-z][\w./-]*$/i.test(at) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(at);
    return [plain ? at : JSON.stringify(at), JSON.stringify(at), `'${at}'`][pick(4) % 3]!;
  }

  function lineEnd(): string {
    return ['\n', '\n', '\n', ' # a comment: {\n', '   \n', '\n\n', '\t# tab\n'][pick(7)]!;
  }

  function comment(indent: string): string {
    return pick(6) === 0 ? `${pick(2) === 0 ? indent : ''}# note - "quoted': [\n` : '';
  }

  function reuse(at: Json): string | null {
    const known = anchors.findLast(({ json }) => json === JSON.stringify(at));
    return known !== undefined && pick(2) === 0 ? `*${known.name}` : null;
  }

  /** Inside what is anchored, nothing may name it; what is written later may. */
  function anchor(at: Json): string {
    if (pick(3) !== 0) return '';
    const name = `a${anchors.length}`;
    anchors.push({ name, json: JSON.stringify(at) });
    return ` &${name}`;
  }
}

const holds = (at: Json): boolean => (Array.isArray(at) ? at.length > 0 : isObject(at) && Object.keys(at).length > 0);
