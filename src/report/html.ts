import { createHash } from 'node:crypto';
import type { Severity } from '../engine/finding.ts';
import { spotter } from './frame.ts';
import { objectArticle } from './html-findings.ts';
import { script } from './html-script.ts';
import { style } from './html-style.ts';
import { controlTable, workloadTable } from './html-tables.ts';
import type { Context, Report } from './report.ts';
import { summary } from './report.ts';
import { count } from './wording.ts';
import { xml } from './xml.ts';

/** One page that needs nothing else: it opens from a file, prints, and is whole without script. */
export function html(report: Report, context: Context): string {
  const spots = spotter(report);
  const articles = report.results.flatMap((result, index) =>
    result.findings.length === 0 ? [] : [objectArticle(result, index, spots(result))],
  );
  const found = articles.length > 0;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '${integrity(script)}'; style-src '${integrity(style)}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Sallyport report: ${titleWords(report)}</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#findings">Skip to the findings</a>
<header>
<h1>Sallyport report: ${titleWords(report)}</h1>
<p class="soft small">Guardrails ${xml(report.digest)}, Sallyport ${xml(context.version)}</p>
</header>
<main>
${overview(report)}
${report.errors.length > 0 ? errorSection(report) : ''}
${found ? section('controls', 'By standard and control', controlTable(report, context.checks)) : ''}
${found ? section('workloads', 'By namespace and workload', workloadTable(report)) : ''}
${section('findings', 'Findings', found ? `${filterForm(report)}\n${articles.join('\n')}` : '<p>None.</p>')}
</main>
${found ? `<script>${script}</script>` : ''}
</body>
</html>
`;
}

const integrity = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

function titleWords(report: Report): string {
  const { objects, denied } = summary(report);
  if (report.errors.length > 0) return `${count(report.errors.length, 'error')}, ${denied} of ${count(objects, 'object')} denied`;
  return `${denied} of ${count(objects, 'object')} denied`;
}

const section = (id: string, title: string, body: string): string =>
  `<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>\n${body}\n</section>`;

const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

function overview(report: Report): string {
  const { denied, warned, allowed, skipped } = summary(report);
  const bySeverity = (wanted: Severity): number =>
    report.results.reduce((total, { findings }) => total + findings.filter(({ severity }) => severity === wanted).length, 0);
  const cards: [number, string, string][] = [
    [denied, 'denied', 'deny'],
    [warned, 'allowed, with warnings', 'warn'],
    [allowed, 'allowed', 'allow'],
    [skipped, 'not judged', 'soft'],
    ...severities.map((severity): [number, string, string] => [bySeverity(severity), `${severity} findings`, severity]),
  ];
  const items = cards.map(([number, words, colour]) => `<li><b class="${colour}">${number}</b>${words}</li>`);
  return `<section aria-label="Overview"><ul class="counts">${items.join('')}</ul></section>`;
}

function errorSection({ errors }: Report): string {
  const items = errors.map(({ file, line, column, message }) => `<li>${xml(`${file}:${line}:${column}: ${message}`)}</li>`);
  return section('errors', 'What could not be judged', `<ul class="small">${items.join('')}</ul>`);
}

/** Hidden until the script, which it needs, shows it. */
function filterForm({ results }: Report): string {
  const findings = results.flatMap((result) => result.findings);
  const guardrails = [...new Set(findings.map(({ guardrail }) => guardrail))].toSorted();
  const states = [...new Set(findings.map(({ state }) => state))].toSorted();
  return `<form hidden role="search" aria-label="Filter findings">
${select('Guardrail', 'guardrail', guardrails)}${select('Severity', 'severity', severities)}${select('State', 'state', states)}
<label>Text<input type="search" name="text" placeholder="name, rule, path, message"></label>
<button type="reset">Show all</button>
<output aria-live="polite" class="small"></output>
</form>`;
}

function select(label: string, name: string, values: readonly string[]): string {
  const options = values.map((value) => `<option>${xml(value)}</option>`);
  return `<label>${label}<select name="${name}"><option value="">all</option>${options.join('')}</select></label>`;
}
