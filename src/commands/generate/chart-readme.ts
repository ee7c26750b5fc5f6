import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chart, isGroup, readChartSchema } from './chart-schema.ts';
import type { ValueSchema } from './chart-schema.ts';

/** The chart's README: its own words, with the table of values between the markers made anew. */
export async function chartReadme(root: string): Promise<Record<string, string>> {
  const path = `${chart}/README.md`;
  const text = await readFile(join(root, path), 'utf8');
  const table = ['| value | default | what it does |', '| --- | --- | --- |', ...rows(await readChartSchema(root), '')].join('\n');
  return { [path]: text.replace(/<!-- values -->.*<!-- \/values -->/s, () => `<!-- values -->\n${table}\n<!-- /values -->`) };
}

function rows(schema: ValueSchema, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    if (!isGroup(value)) return [row(prefix + name, value)];
    return [`| \`${prefix}${name}\` | | ${cell(value.description ?? '')} |`, ...rows(value, `${prefix}${name}.`)];
  });
}

const row = (name: string, { default: value, description = '' }: ValueSchema): string =>
  `| \`${name}\` | ${value === undefined ? '' : `\`${cell(JSON.stringify(value))}\``} | ${cell(description)} |`;

const cell = (text: string): string => text.replaceAll('|', '\\|');
