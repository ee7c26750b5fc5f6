import { keyText } from './construct.ts';
import type { EventStream } from './events.ts';
import { readEvents } from './events.ts';

/** A document that was read, once more for its places; null of JSON that holds what YAML refuses: it has no places within, and no comments. */
export const readAgain = (text: string): EventStream | null => unlessRefused(() => readEvents(text));

/** The text of a key. JSON allows half of a surrogate pair in an escape, which YAML refuses: null. */
export const readableKey = (stream: EventStream, index: number): string | null => unlessRefused(() => keyText(stream, index));

function unlessRefused<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
