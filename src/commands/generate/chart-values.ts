import { stringify } from 'yaml';
import { chart, isGroup, readChartSchema } from './chart-schema.ts';
import type { ValueSchema } from './chart-schema.ts';

const width = 120;

/** values.yaml of the chart: every default of its schema, each under its description. */
export async function chartValues(root: string): Promise<Record<string, string>> {
  const schema = await readChartSchema(root);
  const intro = '# Generated from values.schema.json by `npm run generate`: edit that.\n\n';
  return { [`${chart}/values.yaml`]: `${intro}${group(schema, '').join('\n\n')}\n` };
}

/** Without a default, a value is for parent charts only and has no place in values.yaml. */
function group(schema: ValueSchema, indent: string): string[] {
  return Object.entries(schema.properties ?? {})
    .filter(([, value]) => isGroup(value) || value.default !== undefined)
    .map(([name, value]) => [...comment(value.description ?? '', indent), entry(name, value, indent)].join('\n'));
}

function entry(name: string, value: ValueSchema, indent: string): string {
  if (isGroup(value)) return `${indent}${name}:\n${group(value, `${indent}  `).join('\n')}`;
  const text = stringify({ [name]: value.default }, { singleQuote: true, lineWidth: 0 }).trimEnd();
  return text.replace(/^/gm, indent);
}

function comment(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && `${indent}${last} ${word}`.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`# ${word}`);
  }
  return lines.map((line) => indent + line);
}
