import type { FrameLine, Spot } from './frame.ts';
import type { LocatedFinding, Result } from './report.ts';
import { REVIEW, cureWords, objectName, placeWords, remarks, ruleName, verdictWords, weight } from './wording.ts';
import { xml } from './xml.ts';

/** One object with its findings; those at one line share a frame. */
export function objectArticle(result: Result, index: number, spots: readonly Spot[]): string {
  const places = spots.map(
    (spot) => `<li><ul>
${spot.findings.map((finding) => findingItem(result, finding)).join('\n')}
</ul>${frameBlock(spot.frame)}</li>`,
  );
  return `<article id="object-${index}" aria-labelledby="title-${index}">
<header><h3 id="title-${index}">${xml(objectName(result))} <span class="badge ${result.verdict}">${verdictWords[result.verdict]}</span></h3>
<p class="soft small">${xml(`${result.file}:${result.line}`)}</p></header>
<ol class="places">
${places.join('\n')}
</ol></article>`;
}

function findingItem({ file }: Result, finding: LocatedFinding): string {
  const { guardrail, severity, state, message, path, line, column, cure, mode } = finding;
  const review = cure?.class === 'review' ? ` (${REVIEW})` : '';
  const notes = [
    `<p class="soft small">${xml(`${ruleName(finding)}, ${mode}, ${file}:${line}:${column}, ${placeWords(finding)}`)}</p>`,
    ...(cure === null ? [] : [`<p class="small">Cure: ${xml(`${cureWords({ cure, path })}${review}`)}</p>`]),
    ...remarks(finding).map((remark) => `<p class="small warn">${xml(remark)}</p>`),
  ];
  return `<li data-guardrail="${xml(guardrail)}" data-severity="${severity}" data-state="${state}">
<p><span class="badge ${severity}">${severity}</span> <span class="badge soft">${weight(finding)}</span> ${xml(message)}</p>
${notes.join('')}</li>`;
}

function frameBlock(frame: readonly FrameLine[]): string {
  if (frame.length === 0) return '';
  const rows = frame.map((line) => `<span class="row ${line.kind}"><span class="gutter">${gutter(line)}</span>${marked(line)}\n</span>`);
  return `<pre tabindex="0"><code>${rows.join('')}</code></pre>`;
}

const signs: Readonly<Record<FrameLine['kind'], string>> = { context: ' ', fault: '>', removed: '-', added: '+' };

const gutter = ({ kind, number }: FrameLine): string => `${signs[kind]} ${String(number ?? '').padStart(4)} | `;

/** Longest line that is shown whole; a manifest on one line would be repeated with each of its findings. */
const LONGEST = 400;

function marked({ text, marks }: FrameLine): string {
  const from = text.length <= LONGEST ? 0 : Math.max(0, (marks[0]?.start ?? 0) - 80);
  const to = text.length <= LONGEST ? text.length : from + 240;
  let [out, at] = [from > 0 ? '…' : '', from];
  for (const { start, end } of marks.filter((mark) => mark.start >= from && mark.start < to)) {
    out += `${piece(text, at, start)}<mark>${piece(text, start, Math.min(end, to))}</mark>`;
    at = Math.min(end, to);
  }
  return `${out}${piece(text, at, to)}${to < text.length ? '…' : ''}`;
}

const piece = (text: string, start: number, end: number): string => xml(text.slice(start, end).replaceAll('\t', '  '));
