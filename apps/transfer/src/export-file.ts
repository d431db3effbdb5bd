import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { EventLog } from '#core';
import { isSystemError, replaceFile, storageError } from '#durable-files';
import { type ExportHeader, exportLog } from '#pipeline';
import type { ExportResult, ProgressReport } from './messages.js';

/** Base64 of vectors packs little better at higher levels, which take three times as long and more. */
const GZIP = { level: 1 };

export interface ExportFileOptions {
  readonly log: EventLog;
  readonly header: ExportHeader;
  /** `-` for stdout. */
  readonly file: string;
  readonly progress: ProgressReport;
  readonly signal: AbortSignal;
}

/** Writes the file whole or not at all; what goes to stdout may be cut off. @throws `storage-unavailable`; what the log throws. */
export async function writeExport({ log, header, file, progress, signal }: ExportFileOptions): Promise<ExportResult> {
  const records: Record<string, number> = {};
  let done = 0;
  const lines = exportLog(log, header, (topic) => {
    records[topic] = (records[topic] ?? 0) + 1;
    done += 1;
    progress.at('Exporting', done, Math.max(done, header.estimatedRecords));
  });
  let sizeBytes = 0;
  const write = (sink: (chunk: Uint8Array) => Promise<void>) =>
    pipeline(
      Readable.from(lines),
      createGzip(GZIP),
      async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          await sink(chunk);
          sizeBytes += chunk.length;
        }
      },
      { signal },
    );
  try {
    if (file === '-') await write(toStdout);
    else await replaceFile(file, (handle) => write((chunk) => handle.writeFile(chunk)));
  } catch (error) {
    throw isSystemError(error) ? storageError('The export', error) : error;
  }
  return { export: header.export, log: header.log, encoders: header.encoders, records, sizeBytes };
}

function toStdout(chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(chunk, (error) => (error == null ? resolve() : reject(error)));
  });
}
