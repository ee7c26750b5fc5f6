import type { Io } from '../io.ts';

/**
 * Whether to colour: as the flag says; else FORCE_COLOR, then NO_COLOR, as Node reads them; else where a terminal is.
 * A file gets colour only where the flag asks for it.
 */
export function useColour(flag: 'auto' | 'always' | 'never', { env, terminal }: Pick<Io, 'env' | 'terminal'>, toFile: boolean): boolean {
  if (flag !== 'auto' || toFile) return flag === 'always';
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  return terminal === true && env['TERM'] !== 'dumb';
}
