import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeSettings } from '#config';
import { UsageError } from '../api/errors.js';
import type { Context } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { renderExport, renderImport } from '../render/log.js';
import { createProgress, withProgress } from '../terminal/progress.js';
import { bytes, grouped } from '../terminal/text.js';
import {
  type ExportResult,
  type ImportResult,
  runTransfer,
  type TransferRequest,
} from '../transfer/transfer-process.js';

export const PROFILES = ['standalone', 'cluster'] as const;
type Profile = (typeof PROFILES)[number];

export interface LogOptions {
  readonly json: boolean;
  readonly profile?: Profile;
}

export interface ExportLogOptions extends LogOptions {
  readonly encoder: readonly string[];
  readonly vectors: boolean;
}

export async function exportLogCommand(context: Context, file: string, options: ExportLogOptions): Promise<ExitCode> {
  if (file !== '-' && existsSync(file)) throw new UsageError(`${file} is there already.`, 'Name another file.');
  if (file !== '-' && !existsSync(dirname(file))) throw new UsageError(`There is no folder ${dirname(file)}.`);
  if (file === '-' && process.stdout.isTTY === true)
    throw new UsageError('An export is nothing to look at.', 'Pipe it.');
  const result = await run<ExportResult>(context, {
    action: 'export',
    profile: profileOf(context, options),
    file,
    encoders: encodersOf(options),
  });
  const text = options.json ? `${JSON.stringify(result)}\n` : renderExport(result, context.style);
  // Stdout has the export itself.
  if (file === '-') context.say(text.trimEnd());
  else context.print(text);
  return EXIT.fine;
}

export async function importLogCommand(context: Context, file: string, options: LogOptions): Promise<ExitCode> {
  if (file !== '-' && !existsSync(file)) throw new UsageError(`There is no file ${file}.`);
  const result = await run<ImportResult>(context, { action: 'import', profile: profileOf(context, options), file });
  context.print(options.json ? `${JSON.stringify(result)}\n` : renderImport(result, context.style));
  return EXIT.fine;
}

function run<Result>(context: Context, request: TransferRequest): Promise<Result> {
  // An export counts records, whose number is known; an import the bytes of its file.
  const amount = request.action === 'export' ? grouped : bytes;
  return withProgress(createProgress(process.stderr, { amount }), (progress) =>
    runTransfer<Result>(request, context, (...it) => progress.update(...it)),
  );
}

/** Whoever names brokers means Kafka. Said, because the wrong one of two logs would be filled or emptied into a file. */
function profileOf({ settings, say }: Context, { profile }: LogOptions): Profile {
  const namesBrokers = describeSettings().some(({ env, isSet }) => env === 'LOOKALIKE_KAFKA_BROKERS' && isSet);
  const chosen = profile ?? (namesBrokers ? 'cluster' : 'standalone');
  const { kafka, storage } = settings;
  say(
    `The log ${chosen === 'cluster' ? `in Kafka at ${kafka.brokers.join()}` : `in ${join(storage.dataFolder, 'log')}`}.`,
  );
  return chosen;
}

function encodersOf({ encoder, vectors }: ExportLogOptions): readonly string[] | null {
  if (!vectors && encoder.length > 0) throw new UsageError('--encoder and --without-vectors exclude each other.');
  if (!vectors) return [];
  return encoder.length === 0 ? null : encoder;
}
