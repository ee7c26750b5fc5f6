import { readFileSync } from 'node:fs';

/** What a hole of each sort may be filled with. */
export interface Sort {
  /** Expressions without holes. */
  readonly leaves: readonly string[];
  /** `<int>` takes an int, `<bool:int>` a bool that may name `$`, a fresh variable of sort int. */
  readonly templates: readonly string[];
}

const text = readFileSync(new URL('random-grammar.txt', import.meta.url), 'utf8');
const written = text
  .split('# ')
  .slice(1)
  .map((section): [name: string, forms: string[]] => {
    const [name = '', ...lines] = section.trimEnd().split('\n');
    return [name, lines.flatMap((line) => line.split(' ¦ '))];
  });
const names = written.map(([name]) => name);
const ordered = new Set(['int', 'uint', 'double', 'string', 'bytes', 'duration', 'timestamp', 'dyn']);
const compared = names.flatMap((name) =>
  (ordered.has(name) ? ['==', '!=', '<', '>='] : ['==', '!=']).map((operator) => `<${name}> ${operator} <${name}>`),
);

/** The grammar: its text, and the forms that every sort has. */
export const grammar: ReadonlyMap<string, Sort> = new Map(
  written.map(([name, forms]) => {
    const all = [...forms, `(<bool> ? <${name}> : <${name}>)`, `(<${name}>)`, ...(name === 'bool' ? compared : [])];
    return [name, { leaves: all.filter((form) => !hasHole(form)), templates: all.filter(hasHole) }];
  }),
);

function hasHole(form: string): boolean {
  return /<\w+(?::\w+)?>/.test(form);
}
