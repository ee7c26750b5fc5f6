import { dirname, matchesGlob, relative, sep } from 'node:path';

/**
 * Answers whether a path is ignored, itself or through a folder above it. A glob without a slash matches a name anywhere, one with a slash
 * a path from `folder`. Nothing outside of `folder` is ignored.
 */
export function ignoring(globs: readonly string[], folder: string): (path: string) => boolean {
  const patterns = globs.map((glob) => glob.replace(/^\.\//, '').replace(/\/$/, ''));
  const known = new Map<string, boolean>();
  return patterns.length === 0 ? () => false : isIgnored;

  function isIgnored(path: string): boolean {
    const name = relative(folder, path).split(sep).join('/');
    if (name === '' || name === '..' || name.startsWith('../')) return false;
    return matchesAny(name) || folderIsIgnored(dirname(path));
  }

  function folderIsIgnored(path: string): boolean {
    const answer = known.get(path) ?? isIgnored(path);
    known.set(path, answer);
    return answer;
  }

  function matchesAny(name: string): boolean {
    const base = name.slice(name.lastIndexOf('/') + 1);
    return patterns.some((pattern) => matchesGlob(pattern.includes('/') ? name : base, pattern.replace(/^\//, '')));
  }
}
