import { terminal } from '../../report/terminal.ts';
import { tools } from '../../standards/foreign-names.ts';
import type { Answer } from './answer.ts';
import type { Explanation } from './explanation.ts';
import { history } from './explanation.ts';
import type { Expressed } from './expressions.ts';
import type { Line } from './overview.ts';

/** More checks than these are told a line each. */
const IN_FULL = 3;
const WIDTH = 100;

/** A table of checks, and how to know more of one. */
export function overviewText(lines: readonly Line[]): string {
  const rows = [['CHECK', 'SEVERITY', 'POD SECURITY', 'WHAT IT HOLDS'], ...lines.map(cells)];
  return `${table(rows).join('\n')}\n\nsallyport explain CHECK tells all of one; so does its name in another tool, a control, or GUARDRAIL/RULE.\n`;
}

const cells = ({ check, severity, levels, title }: Line): string[] => [check, severity, levels.join(', ') || '-', title];

/** What is known of the checks that a name stands for: in full, or in a table where they are many. */
export function answerText({ because, explanations, expressions }: Answer): string {
  const expressed = expressions.map(expression).join('\n\n');
  if (explanations.length === 0) return `${expressed}\n`;
  const rest = expressed === '' ? '' : `\n\n${expressed}\n`;
  const known = because.length === 0 ? [] : [...because.flatMap((sentence) => wrapped(terminal(`${sentence}.`), '')), ''];
  if (explanations.length > IN_FULL) return `${known.join('\n')}\n${overviewText(explanations.map(shortened))}${rest}`;
  return `${[
    ...known,
    ...explanations
      .map((explanation) => full(explanation).join('\n'))
      .join('\n\n\n')
      .split('\n'),
  ].join('\n')}\n${rest}`;
}

/** A rule in CEL is its own explanation. */
function expression({ rule, origin, of, expression: source, message }: Expressed): string {
  const said = message === '' ? [] : ['', 'Where it is not, this is said:', ...wrapped(terminal(message))];
  const lines = source
    .trim()
    .split('\n')
    .map((line) => `    ${terminal(line)}`);
  return [...wrapped(terminal(`${rule} (${origin}) is a rule in CEL. Of ${of} this must be true:`), ''), ...lines, ...said].join('\n');
}

const shortened = ({ check, severity, title, podSecurity }: Explanation): Line => ({
  check,
  severity,
  levels: [...new Set(podSecurity.map(({ level }) => level))],
  title,
});

function full({ check, title, severity, why, byDefault, example, breaks, podSecurity, references, elsewhere }: Explanation): string[] {
  const controls = podSecurity.map(
    ({ control, level, versions }) => `Pod Security Standards: ${control} (${level}, from ${history(versions)})`,
  );
  const names = tools.flatMap((tool) => ((elsewhere[tool] ?? []).length === 0 ? [] : [[tool, (elsewhere[tool] ?? []).join(', ')]]));
  return [
    `${check}: ${title} (${severity})`,
    ...section('Why it matters', wrapped(why)),
    ...section('What Kubernetes does by default', wrapped(byDefault)),
    ...section('What is refused', [...indented(example.before), ...example.says.flatMap((message) => wrapped(message, '  ! '))]),
    ...section(`The cure, by ${example.curedBy}`, indented(example.after)),
    ...section('What the cure may break', wrapped(breaks)),
    ...section(
      'References',
      [...controls, ...references].map((line) => `  ${line}`),
    ),
    ...section(
      'The same elsewhere',
      names.length === 0
        ? ['  no check of the same meaning']
        : names.flatMap(([tool = '', list = '']) => wrapped(list, `  ${tool.padEnd(13)}`)),
    ),
  ];
}

const section = (heading: string, lines: readonly string[]): string[] => ['', heading, ...lines];
const indented = (text: string): string[] => text.split('\n').map((line) => `    ${line}`);

/** Lines of at most `WIDTH` columns; the first begins with `lead`, the others with as many spaces. */
function wrapped(text: string, lead = '  '): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && lead.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((content, index) => `${index === 0 ? lead : ' '.repeat(lead.length)}${content}`);
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
