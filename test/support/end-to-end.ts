import { describe } from '@jest/globals';
import { present } from './control-plane.ts';

/** `describe` where a control plane can be started; else `describe.skip`, and say-skipped.ts says why. */
export const describeEndToEnd = present ? describe : describe.skip;
