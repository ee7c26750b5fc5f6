/** Kinds whose resource is not what the rule gives. */
const irregular: Readonly<Record<string, string>> = { Endpoints: 'endpoints' };

/** The resource of a kind, where nobody can be asked: as apimachinery's UnsafeGuessKindToResource has it. */
export function guessResource(kind: string): string {
  const known = Object.hasOwn(irregular, kind) ? irregular[kind] : undefined;
  if (known !== undefined) return known;
  const singular = kind.toLowerCase();
  if (singular.endsWith('s')) return `${singular}es`;
  return singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}
