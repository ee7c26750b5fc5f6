import * as fc from 'fast-check';

/** A change is judged by the same cases as the one before it; another seed is for whoever looks for more. */
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 7) });
