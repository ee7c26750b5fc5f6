/** Whether `text` is what `pattern` says as Kyverno reads it: `*` stands for any characters, `?` for one. In linear space, without backtracking twice. */
export function matchesWildcard(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let from = 0;
  let index = 0;
  while (index < text.length) {
    if (at < pattern.length && pattern[at] === '*') [star, from] = [at++, index];
    else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[index])) [at, index] = [at + 1, index + 1];
    else if (star !== -1) [at, index] = [star + 1, ++from];
    else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
