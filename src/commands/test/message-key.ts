import type { AnyCheck } from '../../engine/check.ts';

/** The key of the message of a check that this text was made from; null where there is none. Of several, the one that says most itself. */
export function messageKey({ messages }: Pick<AnyCheck, 'messages'>, text: string): string | null {
  const fitting = Object.entries(messages).filter(([, template]) => isMadeFrom(template, text));
  const [best] = fitting.toSorted(([, a], [, b]) => literal(b) - literal(a));
  return best?.[0] ?? null;
}

const hole = /\{\w+\}/;

/** Literal parts one after another: the first at the start, the last at the end. */
function isMadeFrom(template: string, text: string): boolean {
  const [first = '', ...rest] = template.split(hole);
  const last = rest.pop();
  if (last === undefined) return text === first;
  let at = text.startsWith(first) ? first.length : -1;
  for (const part of rest) {
    if (at === -1) return false;
    const found = text.indexOf(part, at);
    at = found === -1 ? -1 : found + part.length;
  }
  return at !== -1 && text.length - last.length >= at && text.endsWith(last);
}

const literal = (template: string): number => template.split(hole).join('').length;
