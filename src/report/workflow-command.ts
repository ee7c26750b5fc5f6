import { printable } from '../kube/printable.ts';

/** A workflow command of GitHub Actions on one line. Values cannot end the line, the property list or the command. */
export function workflowCommand(command: string, properties: Readonly<Record<string, string | number>>, message: string): string {
  const list = Object.entries(properties).map(([name, value]) => `${name}=${property(String(value))}`);
  return `::${command} ${list.join(',')}::${data(message)}`;
}

/** GitHub decodes these and no others; what is left of the control characters would reach the log as it is. */
const data = (text: string): string => printableBetween(text, /[%\r\n]/);
const property = (text: string): string => printableBetween(text, /[%\r\n:,]/);

const printableBetween = (text: string, encoded: RegExp): string =>
  text
    .split(new RegExp(`(${encoded.source})`))
    .map((part, index) => (index % 2 === 1 ? percent(part) : printable(part)))
    .join('');

const percent = (mark: string): string => `%${mark.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
