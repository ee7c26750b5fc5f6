import type { Variable } from '../../api/upstream/expressions.ts';
import { splitImage } from '../../kube/image.ts';
import { matchesGlob } from '../glob.ts';
import { quoted } from './cel-text.ts';
import { holdersOf } from './pod-variables.ts';

/** Variables that leave out the containers of exempt images, as `containers` and `holders` would be without them. */
export interface Judged {
  readonly containers: string;
  readonly holders: string;
  readonly variables: readonly Variable[];
}

/** @param number tells these variables from those of other lists of images. Null where a pattern cannot be said. */
export function judgedBeside(patterns: readonly string[], number: number): Judged | null {
  const exempt = patterns.map((pattern) => isImage(pattern, `c.?image.orValue('')`));
  if (exempt.includes(null)) return null;
  const names = { containers: `judgedContainers${number}`, holders: `judgedHolders${number}` };
  // Of an ephemeral container the tenant chooses image and command.
  const expression =
    `(variables.spec.?initContainers.orValue([]) + variables.spec.?containers.orValue([])).filter(c, !(${exempt.join(' || ')})) + ` +
    'variables.spec.?ephemeralContainers.orValue([])';
  return {
    ...names,
    variables: [
      { name: names.containers, expression },
      { name: names.holders, expression: holdersOf(`variables.${names.containers}`) },
    ],
  };
}

const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const tag = String.raw`[0-9A-Za-z_][0-9A-Za-z_.-]{0,127}`;
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}';
/** What of a reference stands after its registry: see `parseImage`. */
const reference = quoted(`^${component}(?:/${component})*(?::${tag})?(?:@${digest})?$`);
const lengthOfName = quoted('^[^:@]{1,255}(?:[:@]|$)');

/** CEL that says whether the image is one that the pattern names, as `compileImagePattern` does; null where it cannot. */
export function isImage(pattern: string, image: string): string | null {
  const wanted = splitImage(pattern);
  const end = endOf(wanted.tag, wanted.digest);
  if (end === null) return null;
  const named = quoted(`^${globOf(wanted.repository, '[^:@]*')}${end}$`);
  const fits = `i.matches(${reference}) && i.matches(${lengthOfName}) && i.matches(${named})`;
  const short = `${image}.size() <= 1024`;
  if (wanted.registry === 'docker.io') return `${short} && [${image}].exists(t, ${inDockerHub(fits)})`;
  const prefix = `${wanted.registry}/`;
  return `${short} && ${image}.startsWith(${quoted(prefix)}) && [${image}.substring(${prefix.length})].exists(i, ${fits})`;
}

/** Docker Hub is meant where no registry is named, and its own images where no owner is. */
function inDockerHub(fits: string): string {
  const prefix = quoted(String.raw`^(?:index\.)?docker\.io/`);
  const otherRegistry = quoted(String.raw`^(?:localhost|[^/@]*[.:A-Z][^/@]*)/`);
  const rest = `t.matches(${prefix}) ? t.substring(t.indexOf('/') + 1) : t`;
  const whole = `[${rest}].map(r, r.contains('/') ? r : 'library/' + r)`;
  return `(t.matches(${prefix}) || !t.matches(${otherRegistry})) && ${whole}.exists(i, ${fits})`;
}

/** A pattern for what may stand after the repository. A digest decides what runs; beside it a tag promises nothing. */
function endOf(wantedTag: string | null, wantedDigest: string | null): string | null {
  if (wantedDigest === null) {
    if (wantedTag === null) return '(?:[:@].*)?';
    const named = `:${globOf(wantedTag, '[^@]*')}`;
    return matchesGlob(wantedTag, 'latest') ? `(?:${named})?` : named;
  }
  if (matchesGlob(wantedDigest, '')) return null;
  const named = wantedTag === null ? '(?::[^@]*)?' : `:${globOf(wantedTag, '[^@]*')}`;
  return `${named}@${globOf(wantedDigest, '.*')}`;
}

const globOf = (glob: string, any: string): string =>
  glob
    .split('*')
    .map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`))
    .join(any);
