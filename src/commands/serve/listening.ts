import { FlagError } from '../flags.ts';
import type { Address } from './options.ts';

/** Listens, or says which flag to change. @throws FlagError */
export async function listening(listen: (address: Address) => Promise<unknown>, flag: string, address: Address): Promise<void> {
  try {
    await listen(address);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'the port is taken; choose another' : `cannot listen there (${code ?? 'unknown'})`;
    throw new FlagError(`--${flag} ${address.host}:${address.port}: ${why}`, { cause: error });
  }
}
