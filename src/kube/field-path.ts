/** One step of a field path: a map key, or the index of a list item. */
export type Step = string | number;

/**
 * Splits a field path as Kubernetes writes them: `spec.containers[0].image`, `metadata.annotations[example.com/key]`.
 * Brackets that hold digits only are an index; `formatKey` never puts such a key in brackets.
 */
export function parsePath(path: string): Step[] {
  const steps: Step[] = [];
  let at = 0;
  while (at < path.length) {
    const bracketed = path[at] === '[';
    const from = bracketed || path[at] === '.' ? at + 1 : at;
    const to = bracketed ? closingBracket(path, from) : plainEnd(path, from);
    steps.push(bracketed ? bracketStep(path.slice(from, to)) : path.slice(from, to));
    at = bracketed ? to + 1 : to;
  }
  return steps;
}

/** The path of these steps; `parsePath` reads it back. */
export function formatPath(steps: readonly Step[]): string {
  const path = steps.map((step) => (typeof step === 'number' ? `[${step}]` : formatKey(step))).join('');
  return path.startsWith('.') ? path.slice(1) : path;
}

/** How a map key is appended to a path: `.key`, or `[key]` where a dot or a slash would be read as something else. */
export const formatKey = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? `.${key}` : `[${key}]`);

const bracketStep = (text: string): Step => (/^\d{1,15}$/.test(text) ? Number(text) : text);

/** A key may hold brackets itself, so only one that ends a step closes it. */
function closingBracket(path: string, from: number): number {
  for (let at = path.indexOf(']', from); at !== -1; at = path.indexOf(']', at + 1)) {
    const next = path[at + 1];
    if (next === undefined || next === '.' || next === '[') return at;
  }
  return path.length;
}

function plainEnd(path: string, from: number): number {
  for (let at = from; at < path.length; at++) {
    if (path[at] === '.' || path[at] === '[') return at;
  }
  return path.length;
}
