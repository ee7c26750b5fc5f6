import { checks } from '../../checks/index.ts';
import { allForeignNames, spelling } from '../../standards/foreign-names.ts';
import { podSecurity } from '../../standards/pod-security.ts';
import type { Meaning } from './answer.ts';
import { history } from './explanation.ts';

/** The check behind a control of the Pod Security Standards, with the params of the newest version. */
export function ofControl(word: string): Meaning[] {
  const rows = podSecurity.filter(({ control }) => control.toLowerCase() === word.toLowerCase());
  const [newest] = rows.slice(-1);
  if (!newest) return [];
  const versions = rows.map(({ since }) => `v1.${since}`);
  const { check, params, control, level } = newest;
  return [{ check, params, because: `${control} is a control of the Pod Security Standards, level ${level}, from ${history(versions)}` }];
}

/** The checks that answer to a name in another tool. */
export function ofForeignName(word: string): Meaning[] {
  const wanted = spelling(word);
  return allForeignNames
    .filter(({ name }) => spelling(name) === wanted)
    .flatMap(({ tool, name, check: id }) => {
      const check = checks.get(id);
      return check ? { check, because: `${name} is what ${tool} calls it` } : [];
    });
}

/** The checks that name a section of CIS, NSA or MITRE among their references: `CIS 5.2.2`, `5.2.2`, `T1611`, or `MITRE` for all of them. */
export function ofReference(word: string): Meaning[] {
  const wanted = word.toLowerCase().replace(/^(cis|nsa|mitre)[-:\s]+/, '$1 ');
  return [...checks.values()]
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap((check) => {
      const ref = check.refs.find((reference) => namesReference(reference.toLowerCase(), wanted));
      return ref === undefined ? [] : { check, because: `${ref} is among its references` };
    });
}

const namesReference = (reference: string, wanted: string): boolean =>
  reference === wanted || reference.startsWith(`${wanted} `) || (!reference.startsWith('https:') && reference.endsWith(` ${wanted}`));
