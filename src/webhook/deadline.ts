const defaultMs = 10_000;
const maxMs = 30_000;

const unitMs: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds that a request may take: the `?timeout=` which the API server appends, else 10 s, its default; at most 30 s, its maximum. */
export function timeoutOf(url: string): number {
  const query = url.indexOf('?');
  if (query === -1) return defaultMs;
  const text = new URLSearchParams(url.slice(query)).get('timeout');
  const ms = text === null ? null : parseDuration(text);
  return ms === null || ms <= 0 ? defaultMs : Math.min(ms, maxMs);
}

/** A Go duration (`5s`, `1m30s`, `1.5h`) in milliseconds, or null. */
export function parseDuration(text: string): number | null {
  if (!/^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return null;
  let ms = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)([^\d.]+)/g)) ms += Number(number) * (unitMs[unit ?? ''] ?? 0);
  return ms;
}
