import { equal } from './equality.ts';
import { sizeOf, traversal } from './size.ts';
import type { Run, Step } from './step.ts';
import { isError } from './value.ts';
import type { Value } from './value.ts';
import { isOpaque } from './value-type.ts';

/** `left == right`: an error on either side is the result. */
export function planEqual(left: Run, right: Run): Step {
  return {
    run: (frame) => {
      const first = left(frame);
      const second = right(frame);
      frame.meter.charge(isOpaque(first) ? 1 : comparisonCost(first, second));
      return isError(first) ? first : isError(second) ? second : equal(first, second);
    },
  };
}

/** `left != right`: true also where the comparison itself errs. */
export function planNotEqual(left: Run, right: Run): Step {
  return {
    run: (frame) => {
      const first = left(frame);
      const second = right(frame);
      frame.meter.charge(comparisonCost(first, second));
      return isError(first) ? first : isError(second) ? second : equal(first, second) !== true;
    },
  };
}

/** A tenth of the smaller size, rounded up. Up to ten UTF-16 units nothing need be counted. */
function comparisonCost(left: Value, right: Value): number {
  if (typeof left === 'string' && typeof right === 'string') {
    const shorter = Math.min(left.length, right.length);
    if (shorter <= 10) return shorter === 0 ? 0 : 1;
  } else if (typeof left !== 'object' && typeof right !== 'object' && left !== '' && right !== '') return 1;
  return traversal(Math.min(sizeOf(left), sizeOf(right)));
}
