import { stat } from 'node:fs/promises';
import type { Check } from '../api/answers.js';
import { UsageError } from '../api/errors.js';
import { type ClientOptions, type Context, createClient } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { type ImportSummary, importFolder } from '../import/import-folder.js';
import { readReason } from '../import/walk.js';
import { renderImport } from '../render/import.js';
import { createProgress, withProgress } from '../terminal/progress.js';

export interface ImportCommandOptions extends ClientOptions {
  readonly prefix: string;
  readonly force: boolean;
  readonly check?: Check;
  readonly concurrency: number;
  /** Seconds; 0 does not wait. */
  readonly wait: number;
  /** Seconds a server that is away or overloaded is waited for. */
  readonly giveUpAfter: number;
  readonly json: boolean;
}

export async function importCommand(context: Context, folder: string, options: ImportCommandOptions) {
  await checkFolder(folder);
  const startedAt = performance.now();
  // A wrong address is found in seconds; only a server that was there once is waited for.
  const { encoder } = await createClient(context, options).status();
  const labels = { uploading: 'Importing', waiting: 'Making searchable' };
  const client = createClient(context, options, options.giveUpAfter * 1000);
  const summary = await withProgress(createProgress(process.stderr), (progress) =>
    importFolder(client, {
      folder,
      prefix: options.prefix,
      force: options.force,
      check: options.check,
      concurrency: options.concurrency,
      maxUploadBytes: context.settings.server.maxUploadBytes,
      patienceMs: options.wait * 1000,
      signal: context.stopped,
      onProgress: ({ phase, done, total }) => progress.update(labels[phase], done, total),
    }),
  );
  const elapsedMs = Math.round(performance.now() - startedAt);
  if (options.json) context.print(`${JSON.stringify({ ...summary, encoder, tookMs: elapsedMs })}\n`);
  else context.print(renderImport(summary, encoder, elapsedMs, context.style));
  return importExitCode(summary);
}

export function importExitCode({ unreachable, interrupted, refused, failed }: ImportSummary): ExitCode {
  if (interrupted) return EXIT.interrupted;
  if (unreachable !== null) return EXIT.unreachable;
  return refused.length + failed.length > 0 ? EXIT.refused : EXIT.fine;
}

async function checkFolder(folder: string): Promise<void> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(folder)).isDirectory();
  } catch (error) {
    throw new UsageError(`The folder ${JSON.stringify(folder)} can't be read: ${readReason(error, folder)}.`);
  }
  if (!isFolder) throw new UsageError(`${JSON.stringify(folder)} is not a folder.`, 'Name the folder it lies in.');
}
