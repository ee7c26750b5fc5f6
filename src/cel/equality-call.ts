import { equal } from './equality.ts';
import { sizeOf, traversal } from './size.ts';
import type { Frame, Run, Step } from './step.ts';
import { isError, TypeValue } from './value.ts';
import type { CelError, Value } from './value.ts';
import { isOpaque } from './value-type.ts';

/** `left == right`: an error on either side is the result. */
export function planEqual(left: Run, right: Run): Step {
  return {
    run: (frame) => {
      const first = left(frame);
      const second = right(frame);
      frame.meter.charge(isOpaque(first) ? 1 : comparisonCost(frame, first, second));
      return isError(first) ? first : isError(second) ? second : equalWithin(frame, first, second);
    },
  };
}

/** `left != right`: true also where the comparison itself errs. */
export function planNotEqual(left: Run, right: Run): Step {
  return {
    run: (frame) => {
      const first = left(frame);
      const second = right(frame);
      frame.meter.charge(comparisonCost(frame, first, second));
      return isError(first) ? first : isError(second) ? second : equalWithin(frame, first, second) !== true;
    },
  };
}

/** Equality whose depth is counted: it costs by the size of the outermost list or map only. */
export function equalWithin(frame: Frame, left: Value, right: Value): boolean | CelError {
  if (typeof left !== 'object' || typeof right !== 'object') return equal(left, right);
  const tally = { count: 0 };
  const result = equal(left, right, tally);
  frame.meter.strain(tally.count * 2);
  return result;
}

/** A tenth of the smaller size, rounded up. Up to ten UTF-16 units nothing need be counted; the keys of maps have to be. */
function comparisonCost(frame: Frame, left: Value, right: Value): number {
  if (typeof left === 'string' && typeof right === 'string') {
    const shorter = Math.min(left.length, right.length);
    if (shorter <= 10) return shorter === 0 ? 0 : 1;
  } else if (typeof left !== 'object' && typeof right !== 'object' && left !== '' && right !== '') return 1;
  if (left instanceof TypeValue && right instanceof TypeValue) return 1;
  const [one, other] = [sizeOf(left), sizeOf(right)];
  frame.meter.strain((isKeyed(left) ? one * 3 : 0) + (isKeyed(right) ? other * 3 : 0));
  return traversal(Math.min(one, other));
}

const isKeyed = (value: Value): boolean => typeof value === 'object' && !Array.isArray(value);
