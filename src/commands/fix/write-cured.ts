import { accessSync, constants, statSync } from 'node:fs';
import { codeOf } from '../scan/input.ts';
import { writeWhole } from '../scan/write-whole.ts';

/** Writes a cured file whole or not at all, through a link into the file that it leads to. Answers why it could not, or null. */
export function writeCured(path: string, text: string): string | null {
  try {
    accessSync(path, constants.W_OK);
    // The mode speaks for the owner's wish where the system lets root write anyway.
    if ((statSync(path).mode & 0o222) === 0) return 'the file is read-only and stays as it was';
    writeWhole(path, text);
    return null;
  } catch (error) {
    return `the file cannot be written and stays as it was (${codeOf(error)})`;
  }
}
