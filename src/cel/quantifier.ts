import { runLoop } from './fold.ts';
import type { Loop } from './fold.ts';
import { refusal } from './logic.ts';
import type { Frame, Run } from './step.ts';
import { isError } from './value.ts';

/** `all`: false wins over errors, whichever comes first. Each element costs 3 beside its test. */
export function planAll(loop: Loop, test: Run): Run {
  const round = (frame: Frame): boolean => decide(frame, loop.result, test, false, 3);
  return (frame) => runLoop(frame, loop, true, round);
}

/** `exists`: true wins over errors. Each element costs 4 beside its test. */
export function planExists(loop: Loop, test: Run): Run {
  const round = (frame: Frame): boolean => decide(frame, loop.result, test, true, 4);
  return (frame) => runLoop(frame, loop, false, round);
}

/** `exists_one`: goes through all elements and absorbs no error. An element that passes costs 2, as does the result. */
export function planExistsOne(loop: Loop, test: Run): Run {
  const round = (frame: Frame): boolean => {
    const passed = test(frame);
    if (passed === true) countOne(frame, loop.result);
    else if (passed !== false) frame.slots[loop.result] = refusal(passed);
    return true;
  };
  return (frame) => {
    const counted = runLoop(frame, loop, 0, round, 2);
    return isError(counted) ? counted : counted === 1;
  };
}

function countOne(frame: Frame, result: number): void {
  const counted = frame.slots[result];
  frame.meter.charge(2);
  if (typeof counted === 'number') frame.slots[result] = counted + 1;
}

/** An element is looked at only while nothing is decided; that it stands there costs all but the 1 of the test's own. */
function decide(frame: Frame, result: number, test: Run, decisive: boolean, cost: number): boolean {
  const before = frame.slots[result] ?? null;
  if (before === decisive) {
    frame.meter.charge(cost - 1);
    return false;
  }
  frame.meter.charge(cost);
  const value = test(frame);
  if (value === decisive) frame.slots[result] = decisive;
  else if (value !== !decisive && !isError(before)) frame.slots[result] = refusal(value);
  return true;
}
