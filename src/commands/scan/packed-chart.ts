import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** More than any chart holds; what grows beyond it was made to. */
const MAX_BYTES = 64 * 1024 * 1024;
const BLOCK = 512;

/** Texts of the files of a packed chart by their names, which begin with that of the chart; none where it cannot be unpacked. */
export function unpackedChart(path: string): ReadonlyMap<string, string> {
  try {
    return new Map(files(gunzipSync(readFileSync(path), { maxOutputLength: MAX_BYTES })));
  } catch {
    // Helm says what is wrong with it.
    return new Map();
  }
}

/** As `tar` lays them out: a block that tells name, size and kind, then the bytes in whole blocks. */
function* files(archive: Buffer): Generator<[name: string, text: string]> {
  for (let at = 0; at + BLOCK <= archive.length;) {
    const field = (start: number, length: number): string => archive.toString('utf8', at + start, at + start + length).split('\0')[0] ?? '';
    const size = Number.parseInt(field(124, 12).trim() || '0', 8);
    if (!(size >= 0)) return;
    const name = [field(345, 155), field(0, 100)].filter((part) => part !== '').join('/');
    const kind = field(156, 1);
    const start = at + BLOCK;
    if (kind === '' || kind === '0') yield [name, archive.toString('utf8', start, start + size)];
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}
