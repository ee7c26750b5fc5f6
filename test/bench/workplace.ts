import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { selfSigned } from '../../src/certificates/authority.ts';
import { bundle } from '../support/build.ts';

/** A temporary folder with all that the measurements run on. */
export interface Workplace {
  readonly folder: string;
  /** The bundle's launcher, built for this run, so that no stale one is measured. */
  readonly launcher: string;
  readonly cert: string;
  readonly key: string;
  readonly remove: () => void;
}

export async function makeWorkplace(): Promise<Workplace> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  const root = fileURLToPath(new URL('../../', import.meta.url));
  await bundle(join(folder, 'dist'));
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'policies'), join(folder, 'policies'));
  const { certificate, key } = selfSigned(['127.0.0.1'], new Date());
  writeFileSync(join(folder, 'tls.crt'), certificate);
  writeFileSync(join(folder, 'tls.key'), key);
  return {
    folder,
    launcher: join(folder, 'dist/launch.js'),
    cert: join(folder, 'tls.crt'),
    key: join(folder, 'tls.key'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
