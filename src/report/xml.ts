import { printable } from '../kube/printable.ts';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as content or as a quoted attribute of XML and HTML. No character that XML 1.0 forbids is left. */
export const xml = (text: string): string =>
  printable(text)
    .replaceAll(/[\ufffe\uffff]/g, (mark) => `\\u{${mark.charCodeAt(0).toString(16)}}`)
    .replaceAll(/[&<>"']/g, (mark) => entities[mark] ?? '');
