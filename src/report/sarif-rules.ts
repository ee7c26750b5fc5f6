import type { Severity } from '../engine/finding.ts';
import { markdown, plainMessage } from './markdown.ts';
import type { CheckHelp, LocatedFinding, Report } from './report.ts';
import { ruleName } from './wording.ts';

/** The rules that have findings, in order of name, and the index of each by name. */
export function sarifRules(
  report: Report,
  checks: ReadonlyMap<string, CheckHelp>,
): { rules: object[]; indexes: ReadonlyMap<string, number> } {
  const byName = new Map(report.results.flatMap(({ findings }) => findings.map((finding) => [ruleName(finding), finding] as const)));
  const names = [...byName.keys()].toSorted();
  const rules = names.map((name) => {
    const finding = byName.get(name) as LocatedFinding;
    return ruleOf(name, finding, report.rules?.get(name) ?? checks.get(finding.check));
  });
  return { rules, indexes: new Map(names.map((name, index) => [name, index])) };
}

function ruleOf(name: string, { check, control, severity }: LocatedFinding, help: CheckHelp | undefined): object {
  const { title, why, refs } = help ?? { title: name, why: 'Refused by a guardrail of this cluster.', refs: [] };
  const links = refs.filter(isLink);
  return {
    id: name,
    name: check,
    shortDescription: { text: plainMessage(title) },
    fullDescription: { text: plainMessage(why) },
    ...(links[0] === undefined ? {} : { helpUri: links[0] }),
    help: { text: plainMessage(`${title}. ${why} ${refs.join(', ')}`.trim()), markdown: helpMarkdown(name, control, { title, why, refs }) },
    defaultConfiguration: { level: levels[severity] },
    properties: {
      tags: ['security', 'kubernetes', ...new Set([control, check, ...refs.filter((ref) => !isLink(ref))].filter((tag) => tag !== null))],
      precision: 'very-high',
      'problem.severity': levels[severity] === 'note' ? 'recommendation' : levels[severity],
      'security-severity': scores[severity],
    },
  };
}

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
};

/** GitHub reads these as CVSS scores: critical from 9.0, high from 7.0, medium from 4.0. */
const scores: Readonly<Record<Severity, string>> = { critical: '9.5', high: '8.0', medium: '5.5', low: '3.0' };

function helpMarkdown(name: string, control: string | null, { title, why, refs }: CheckHelp): string {
  const stands = control === null ? '' : ` It stands for the control ${markdown(control)}.`;
  const list = refs.map((ref) => (isLink(ref) ? `- <${ref}>` : `- ${markdown(ref)}`));
  return [`**${markdown(title)}**`, '', markdown(why), '', `Rule ${markdown(name)}.${stands}`, '', ...list].join('\n').trim();
}

/** References come from our own checks; anything that is no plain address stays text. */
const isLink = (ref: string): boolean => /^https:\/\/[\w./#%?=&-]+$/.test(ref);
