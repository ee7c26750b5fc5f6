import { globSync, lstatSync, realpathSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { codeOf, fault } from './input.ts';
import type { Leftovers } from './input.ts';
import { isChart } from './chart.ts';
import { kustomizationIn } from './kustomize-tree.ts';
import { isToBeRead, skippedFolders, walk } from './walk.ts';

/** One thing to read. `file` is its name in the report, `path` where it lies. */
export interface Target {
  readonly kind: 'file' | 'stdin' | 'chart' | 'kustomization';
  readonly file: string;
  readonly path: string;
  /** Met in a folder or through a pattern, not named. */
  readonly found: boolean;
}

export interface Selection {
  /** Absolute path that relative ones start from. */
  readonly cwd: string;
  /** Whether a file, or a folder and all below it, is left out. */
  readonly ignores: (path: string) => boolean;
  /** Whether a file, or anything in a folder that is read as one, has changed. */
  readonly changed: (path: string, folder: boolean) => boolean;
}

/** What the arguments name, in their order: nothing is read yet. */
export function findTargets(names: readonly string[], selection: Selection, leftovers: Leftovers): Target[] {
  return names.flatMap((name) => {
    if (name === '-') return [{ kind: 'stdin', file: '-', path: '-', found: false } as const];
    const path = resolve(selection.cwd, name);
    const stats = statOf(path);
    if (stats === null) return isPattern(name) ? matching(name, selection, leftovers) : refuse(name, 'no such file or folder', leftovers);
    if (typeof stats === 'string') return refuse(name, stats, leftovers);
    return selection.ignores(path) ? ignored(name, leftovers) : named(name, path, stats, selection, leftovers);
  });
}

function named(file: string, path: string, stats: Stats, selection: Selection, leftovers: Leftovers): Target[] {
  const kind = wholeKind(path, stats);
  if (kind !== null) return selection.changed(path, stats.isDirectory()) ? [{ kind, file, path, found: false }] : [];
  return [...walk(file, path, realpathSync(path), selection, leftovers)];
}

/** What is read in one piece, also where it is a folder; null for an ordinary folder. */
function wholeKind(path: string, stats: Stats): Target['kind'] | null {
  if (isChart(path, stats.isDirectory())) return 'chart';
  if (!stats.isDirectory()) return 'file';
  return kustomizationIn(path) === null ? null : 'kustomization';
}

/** A pattern in quotes, which the shell has left to us. */
const isPattern = (name: string): boolean => /[*?[{]/.test(name);

function matching(pattern: string, selection: Selection, leftovers: Leftovers): Target[] {
  const { cwd } = selection;
  const names = globSync(pattern, { cwd, exclude: (name) => skippedFolders.has(basename(name)) }).toSorted();
  const files = names.map((name) => ({ file: join(name), path: resolve(cwd, name) })).filter(({ path }) => !isFolder(path));
  if (files.length === 0) return refuse(pattern, 'the pattern matches no file', leftovers);
  const root = realpathSync(resolve(cwd, fixedPart(pattern)));
  return files.flatMap(({ file, path }) => {
    if (selection.ignores(path)) return ignored(file, leftovers);
    if (!isToBeRead(lstatSync(path), { file, path }, root, leftovers) || !selection.changed(path, false)) return [];
    return [{ kind: 'file', file, path, found: true } as const];
  });
}

/** The folder that a pattern cannot leave. */
function fixedPart(pattern: string): string {
  const parts = pattern.split(/[\\/]/);
  return parts.slice(0, parts.findIndex(isPattern)).join('/') || (pattern.startsWith('/') ? '/' : '.');
}

function isFolder(path: string): boolean {
  const stats = statOf(path);
  return typeof stats === 'object' && stats !== null && stats.isDirectory();
}

/** null where nothing is there, a reason where it cannot be known. */
function statOf(path: string): Stats | string | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    return codeOf(error) === 'ELOOP' ? 'the link leads around in a circle (ELOOP)' : `it cannot be read (${codeOf(error)})`;
  }
}

function refuse(file: string, message: string, { errors }: Leftovers): [] {
  errors.push(fault(file, message));
  return [];
}

function ignored(file: string, { skipped }: Leftovers): [] {
  skipped.push({ file, line: 1, reason: 'ignored by the configuration' });
  return [];
}
