import { printable } from '../kube/printable.ts';

/** Text as one run of Markdown that means nothing but itself: no link, no image, no HTML, no emphasis. */
export const markdown = (text: string): string => printable(text).replaceAll(/[!-/:-@[-`{-~]/g, (mark) => `\\${mark}`);

/** Plain text of a SARIF message, in which `[text](target)` would be a link. */
export const plainMessage = (text: string): string => printable(text).replaceAll(/\](?=\()/g, '] ');
