import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { EventLog } from '#core';
import { isSystemError, storageError } from '#durable-files';
import { ExportReader, exportInvalid, type ImportResult, importLog, PositionTable } from '#pipeline';
import type { ProgressReport } from './messages.js';

export interface ImportFileOptions {
  readonly log: EventLog;
  readonly partitions: number;
  /** `-` for stdin. */
  readonly file: string;
  readonly progress: ProgressReport;
  readonly signal: AbortSignal;
}

/**
 * A file is read twice: nothing is written before it is known to be whole. What comes from stdin is read once.
 * @throws `export-file-invalid`, `storage-unavailable`; as `importLog`.
 */
export async function readImport({
  log,
  partitions,
  file,
  progress,
  signal,
}: ImportFileOptions): Promise<ImportResult> {
  if (file !== '-') {
    const checked = await ExportReader.open(bytesOf(file, 'Checking', progress, signal));
    for await (const _ of checked.records());
  }
  return withTables(async (events, letters) => {
    const reader = await ExportReader.open(bytesOf(file, 'Importing', progress, signal));
    return importLog(reader, { log, partitions, events, letters });
  });
}

async function* bytesOf(
  file: string,
  label: string,
  progress: ProgressReport,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  try {
    const total = file === '-' ? null : (await stat(file)).size;
    const packed: Readable = file === '-' ? process.stdin : createReadStream(file);
    const counted = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        done += chunk.length;
        progress.at(label, done, total);
        yield chunk;
      }
    };
    const unpacked = createGunzip();
    // What it fails with comes out of `unpacked` too.
    pipeline(packed, counted, unpacked, { signal }).catch(() => {});
    yield* unpacked as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw asFileError(error, done);
  }
}

function asFileError(error: unknown, doneBytes: number): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code?.startsWith('Z_') !== true) return isSystemError(error) ? storageError('The export', error) : error;
  const facts = { doneBytes };
  if (code === 'Z_BUF_ERROR') return exportInvalid('cut-off', 'The file is cut off.', facts, error);
  return message.includes('header')
    ? exportInvalid('not-an-export', 'The file is no export of a log: it is not packed by gzip.', facts, error)
    : exportInvalid('changed', 'The file was changed: it cannot be unpacked.', facts, error);
}

/** Where records came to lie takes 8 bytes for each event and letter. */
async function withTables<T>(work: (events: PositionTable, letters: PositionTable) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lookalike-import-'));
  const events = await open(join(folder, 'events'), 'wx+');
  const letters = await open(join(folder, 'letters'), 'wx+');
  try {
    return await work(new PositionTable(events), new PositionTable(letters));
  } catch (error) {
    throw isSystemError(error) ? storageError('The folder for temporary files', error) : error;
  } finally {
    await Promise.all([events.close(), letters.close()]);
    await rm(folder, { recursive: true, force: true });
  }
}
