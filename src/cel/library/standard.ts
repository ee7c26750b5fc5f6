import type { Overload } from '../function.ts';
import { arithmetic } from './arithmetic.ts';
import { basicStrings } from './basic-strings.ts';
import { containers } from './containers.ts';
import { conversions } from './conversions.ts';
import { getters } from './getters.ts';
import { logicOperators } from './logic-operators.ts';
import { relations } from './relations.ts';

/** Every operator and standard function but `matches`, which is among those of regular expressions. */
export const standard: readonly Overload[] = [
  ...logicOperators,
  ...arithmetic,
  ...relations,
  ...containers,
  ...conversions,
  ...basicStrings,
  ...getters,
];
