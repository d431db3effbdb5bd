import type { Logger } from 'pino';
import type { Settings } from '#config';
import { type ImportResult, planExport } from '#pipeline';
import { writeExport } from './export-file.js';
import { readImport } from './import-file.js';
import { type ExportResult, ProgressReport, type TransferMessage, type TransferRequest } from './messages.js';
import { openLog, placeOf } from './open-log.js';

export interface TransferOptions {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly send: (message: TransferMessage) => void;
  readonly signal: AbortSignal;
}

/** Opens the log, does what is asked for and closes it. @throws LookalikeError; `AbortError` when it was stopped. */
export async function transfer(
  request: TransferRequest,
  { settings, logger, send, signal }: TransferOptions,
): Promise<ExportResult | ImportResult> {
  const progress = new ProgressReport(send);
  const { file } = request;
  const log = await openLog(request, settings, logger);
  try {
    if (request.action === 'import') {
      return await readImport({ log, partitions: settings.storage.partitions, file, progress, signal });
    }
    const { encoders } = request;
    const header = await planExport(log, { encoders, place: placeOf(request, settings) });
    return await writeExport({ log, header, file, progress, signal });
  } finally {
    await log.close();
  }
}
