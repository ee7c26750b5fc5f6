import { ok } from './measure.ts';
import type { Measured } from './measure.ts';

/** A table for a terminal, a line a measurement. */
export function table(measurements: readonly Measured[]): string {
  const cells = [['what', 'measured', 'budget', '', 'how'], ...measurements.map(row)];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n'); // prettier-ignore
}

function row(measured: Measured): string[] {
  const { what, value, unit, budget, note } = measured;
  return [what, quantity(value, unit), budgetWords(measured), budget === null ? '' : ok(measured) ? 'ok' : 'OVER', note];
}

function budgetWords({ budget }: Measured): string {
  if (budget === null) return '';
  return 'most' in budget ? `≤ ${number(budget.most)}` : `≥ ${number(budget.least)}`;
}

const quantity = (value: number, unit: string): string => `${number(value)} ${unit}`;
const number = (value: number): string => (value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3))));
