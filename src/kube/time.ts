const rfc3339 = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since the epoch of an RFC 3339 time with a zone, as Kubernetes writes them; null for anything else. */
export function parseTime(text: string): number | null {
  const match = rfc3339.exec(text);
  if (!match) return null;
  const [, date = '', clock = ''] = match;
  const time = Date.parse(text);
  // Date.parse takes the 30th of February for the 2nd of March.
  const asUtc = Date.parse(`${date}T${clock}Z`);
  if (Number.isNaN(time) || Number.isNaN(asUtc) || new Date(asUtc).toISOString().slice(0, 19) !== `${date}T${clock}`) return null;
  return time;
}
