import { stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ApiClient } from '../api/api-client.js';
import { UsageError } from '../api/errors.js';
import { type ClientOptions, type Context, createClient, Interrupted } from '../context.js';
import { Evaluation } from '../evaluate/evaluation.js';
import { drawFiles, drawImages, type Queries } from '../evaluate/queries.js';
import { readLabels } from '../evaluate/read-labels.js';
import type { EvaluationReport } from '../evaluate/report.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { readReason } from '../import/walk.js';
import { renderEvaluation } from '../render/evaluation.js';
import { renderEvaluationPage } from '../render/evaluation-page.js';
import { explain } from '../terminal/explain.js';
import { createProgress, type Progress, withProgress } from '../terminal/progress.js';

export interface EvaluateCommandOptions extends ClientOptions {
  /** A folder. */
  readonly queries?: string;
  readonly prefix: string;
  /** A file. */
  readonly labels?: string;
  readonly sample: number;
  /** Pictures; 0 for none. */
  readonly edits: number;
  readonly clients: number;
  /** A file. */
  readonly html?: string;
  readonly json: boolean;
}

/** A server that is busy or restarts meanwhile is waited for. */
const PATIENCE_MS = 120_000;

export async function evaluateCommand(context: Context, options: EvaluateCommandOptions): Promise<ExitCode> {
  const { html, labels, prefix } = options;
  if (options.queries !== undefined) await checkIsFolder(options.queries);
  if (html !== undefined) await checkIsFolder(dirname(html));
  const known = labels === undefined ? null : await readLabels(labels, prefix);
  // A wrong address is found in seconds; only a server that was there once is waited for.
  const status = await createClient(context, options).status();
  let sentAgain = 0;
  const client = createClient(context, options, PATIENCE_MS, () => {
    sentAgain += 1;
  });
  const { PICTURE_EDITS } = options.queries === undefined ? { PICTURE_EDITS: [] } : await import('#vision');
  const { report, exitCode } = await withProgress(createProgress(process.stderr), async (progress) => {
    const evaluation = new Evaluation(client, status, {
      queries: await draw(client, context, options, progress),
      labels: known,
      clients: options.clients,
      edits: PICTURE_EDITS,
      editedPictures: options.edits,
      signal: context.stopped,
      onProgress: (label, done, total) => progress.update(label, done, total),
    });
    const ended = await endOf(() => evaluation.run());
    return { report: { ...evaluation.report(), sentAgain, ended: ended.reason }, exitCode: ended.exitCode };
  });
  context.print(options.json ? `${JSON.stringify(report)}\n` : renderEvaluation(report, context.style));
  if (html !== undefined) await write(html, renderEvaluationPage(report));
  return exitCode === EXIT.fine && report.refused.length > 0 ? EXIT.refused : exitCode;
}

async function draw(
  client: ApiClient,
  { settings, stopped }: Context,
  { queries: folder, prefix, sample }: EvaluateCommandOptions,
  progress: Progress,
): Promise<Queries> {
  const limits = { size: sample, maxBytes: settings.server.maxUploadBytes, signal: stopped };
  const onSeen = (count: number) => progress.update('Drawing queries', count, null);
  const queries =
    folder === undefined ? await drawImages(client, sample, onSeen) : await drawFiles(folder, prefix, limits, onSeen);
  if (queries.drawn.length > 0) return queries;
  throw folder === undefined
    ? new UsageError(
        'The collection has no image that could be searched by.',
        'Import some, or name pictures: --queries FOLDER',
      )
    : new UsageError(`There is no picture below ${JSON.stringify(folder)}.`);
}

/** Whatever ends it early, what was measured until then is shown. */
async function endOf(
  run: () => Promise<void>,
): Promise<{ readonly reason: EvaluationReport['ended']; readonly exitCode: ExitCode }> {
  try {
    await run();
    return { reason: null, exitCode: EXIT.fine };
  } catch (error) {
    if (error instanceof Interrupted) {
      return { reason: { code: 'interrupted', message: error.message }, exitCode: EXIT.interrupted };
    }
    const { lines, code, exitCode } = explain(error);
    return { reason: { code, message: lines[0] ?? code }, exitCode };
  }
}

async function checkIsFolder(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw new UsageError(`The folder ${JSON.stringify(path)} can't be read: ${readReason(error, path)}.`);
  });
  if (!found.isDirectory()) throw new UsageError(`${JSON.stringify(path)} is not a folder.`);
}

async function write(path: string, page: string): Promise<void> {
  await writeFile(path, page).catch((error: unknown) => {
    const { code = 'it could not be written' } = error as NodeJS.ErrnoException;
    throw new UsageError(`The report can't be written to ${JSON.stringify(path)}: ${code}.`);
  });
}
