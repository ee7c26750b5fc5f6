import { namesRegistry, parseImage, splitImage } from '../kube/image.ts';
import { matchesGlob } from './glob.ts';

/** What is wrong with a pattern for images, or null. */
export function imagePatternFault(pattern: string): string | null {
  if (!namesRegistry(pattern)) return `${JSON.stringify(pattern)} names no registry; begin with one, such as docker.io/library/nginx`;
  const { registry, digest } = splitImage(pattern);
  if (registry.includes('*'))
    return `${JSON.stringify(pattern)} leaves the registry open, so anybody may serve the image; name the registry`;
  // With every * read as a letter that digits, names and tags may hold, a pattern that can match anything is a reference.
  const sample = digest?.includes('*') ? `${pattern.split('@', 1)[0]}@sha256:${'a'.repeat(64)}` : pattern;
  return parseImage(sample.replaceAll('*', 'a')) === null ? `${JSON.stringify(pattern)} is no reference to an image` : null;
}

/** Whether a tag or a push could change what the pattern lets through. */
export const isPinned = (pattern: string): boolean => {
  const { digest } = splitImage(pattern);
  return digest !== null && !digest.includes('*');
};

/** Whether an image is one that the pattern names. Part is compared with part: `*` never reaches beyond a registry, a repository or a tag. */
export function compileImagePattern(pattern: string): (image: string) => boolean {
  const wanted = splitImage(pattern);
  return (image) => {
    const found = parseImage(image);
    if (!found || found.registry !== wanted.registry || !matchesGlob(wanted.repository, found.repository)) return false;
    if (wanted.digest !== null) return matchesGlob(wanted.digest, found.digest ?? '') && tagFits(wanted.tag, found.tag);
    // A digest decides what runs; beside it a tag promises nothing.
    return wanted.tag === null || (found.digest === null && tagFits(wanted.tag, found.tag));
  };
}

const tagFits = (wanted: string | null, found: string | null): boolean => wanted === null || (found !== null && matchesGlob(wanted, found));
