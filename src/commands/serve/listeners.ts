/** Who listens until a signal aborts. */
export interface Listeners<T> {
  readonly add: (listener: (what: T) => void, signal: AbortSignal) => void;
  readonly tell: (what: T) => void;
}

export function listeners<T>(): Listeners<T> {
  const all = new Set<(what: T) => void>();
  return {
    add(listener, signal) {
      all.add(listener);
      signal.addEventListener('abort', () => all.delete(listener), { once: true });
    },
    tell(what) {
      for (const listener of all) listener(what);
    },
  };
}
