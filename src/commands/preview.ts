import type { PolicyFile } from '../policy/load.ts';
import { errorFrames } from '../report/frame.ts';
import { terminal } from '../report/terminal.ts';
import { textFrame } from '../report/text-frame.ts';
import { count } from '../report/wording.ts';
import { FlagError } from './flags.ts';
import type { Io } from './io.ts';
import { policySet } from './policy-flags.ts';
import type { PolicySet } from './policy-flags.ts';
import { draftExceptions } from './preview/draft-exceptions.ts';
import type { Drafts } from './preview/draft-exceptions.ts';
import { draftText, unheard, unheardLine } from './preview/draft-text.ts';
import type { Judged } from './preview/judge-folder.ts';
import { judgeFolder } from './preview/judge-folder.ts';
import { previewJudge } from './preview/judge-preview.ts';
import { previewText } from './preview/preview-text.ts';
import type { PreviewSettings } from './preview/settings.ts';
import { readSettings } from './preview/settings.ts';
import { summarise } from './preview/summary.ts';
import { writeWhole } from './scan/write-whole.ts';
import { resolve } from 'node:path';

/** `sallyport preview`: 0 where all could be judged, whatever came out; 2 where not. */
export async function run(argv: string[], io: Io): Promise<number> {
  try {
    const settings = readSettings(argv, io);
    const judged = await judgeAll(settings, io);
    const drafts = settings.flags['draft-exceptions'] === undefined ? null : draftExceptions(judged.rows, settings.now);
    if (drafts !== null) writeDrafts(settings.flags['draft-exceptions'] ?? '', drafts, judged.policies, io);
    print(settings, judged, drafts, io);
    return judged.errors.length > 0 ? 2 : 0;
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    io.stderr(`sallyport preview: ${error.message}\n`);
    return 2;
  }
}

async function judgeAll(settings: PreviewSettings, io: Io): Promise<Judged> {
  const { flags, now, since, namespace } = settings;
  const clock = { ...io, now: () => new Date(now) };
  const policiesWith = (exceptions: readonly PolicyFile[]): PolicySet => policySet(flags, clock, exceptions);
  const judged = settings.paths.length > 0 ? await judgeFolder(settings, policiesWith, io) : await judgeCluster();
  return { ...judged, errors: [...judged.policies.errors, ...judged.errors] };

  async function judgeCluster(): Promise<Judged> {
    const { judgeLive, storedAreNotErrors } = await import('./live/judge-live.ts');
    const policies = (exceptions: readonly PolicyFile[]): PolicySet => storedAreNotErrors(policiesWith(exceptions));
    return judgeLive({ kubeconfig: flags.kubeconfig, namespace }, { now, policies, judge: (set) => previewJudge(set, since) }, io);
  }
}

function print(
  { format, since }: PreviewSettings,
  { policies, rows, errors, sources = new Map() }: Judged,
  drafts: Drafts | null,
  io: Io,
): void {
  const preview = summarise(rows);
  for (const { file, line, column, message } of policies.warnings)
    io.stderr(`warning: ${terminal(`${file}:${line}:${column}: ${message}`)}\n`);
  if (format === 'json') {
    const drafted = drafts && { exceptions: drafts.documents.length, inexcusable: drafts.inexcusable, unheard: missing(drafts, policies) };
    const document = { version: 1, digest: policies.set.digest, sinceMode: since, ...preview, drafted, errors };
    return io.stdout(`${JSON.stringify(document, null, 2)}\n`);
  }
  const framed = errorFrames({ sources });
  for (const error of errors) {
    const { file, line, column, message } = error;
    const lines = [`error: ${terminal(`${file}:${line}:${column}: ${message}`)}`, ...textFrame(framed(error), (_style, text) => text)];
    io.stderr(`${lines.join('\n')}\n`);
  }
  io.stdout(previewText(preview, since));
}

const missing = ({ documents }: Drafts, { set }: PolicySet) => unheard(documents, set);

/** @throws FlagError */
function writeDrafts(path: string, drafts: Drafts, policies: PolicySet, io: Io): void {
  const lacking = missing(drafts, policies);
  try {
    writeWhole(resolve(io.cwd, path), draftText(drafts.documents, lacking));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new FlagError(`--draft-exceptions ${path}: the file cannot be written (${code})`, { cause: error });
  }
  const { documents, inexcusable } = drafts;
  const lines = [
    `${count(documents.length, 'exception')} drafted in ${path}`,
    ...lacking.map(unheardLine),
    ...inexcusable.map((what) => `nobody can excuse ${what}`),
  ];
  for (const line of lines) io.stderr(`sallyport preview: ${terminal(line)}\n`);
}
