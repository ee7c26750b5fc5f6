import { randomUUID } from 'node:crypto';
import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/** Writes a file so that a reader sees the old content or the new one, never a part. What is no plain file (a pipe, /dev/stdout) is written to as it is. */
export function writeWhole(file: string, content: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found && !found.isFile()) return writeFileSync(file, content);
  // A link stays a link.
  const target = found ? realpathSync(file) : file;
  const draft = `${target}.${randomUUID()}`;
  try {
    writeFileSync(draft, content, { flag: 'wx' });
    // A mode that is asked for at opening is cut by the umask.
    if (found) chmodSync(draft, found.mode & 0o7777);
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
