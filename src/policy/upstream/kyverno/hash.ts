import { createHash } from 'node:crypto';
import { global } from '../../../cel/library/declare.ts';
import type { Overload } from '../../../cel/function.ts';
import { string } from '../../../cel/type.ts';

/** Kyverno's hashes of texts, in hexadecimal. */
export const hashLibrary: readonly Overload[] = ['md5', 'sha1', 'sha256'].flatMap((algorithm) =>
  [algorithm, `hash.${algorithm}`].map((name) =>
    global(name, [string], string, (text: string) => createHash(algorithm).update(text).digest('hex')),
  ),
);
