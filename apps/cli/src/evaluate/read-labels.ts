import { createReadStream } from 'node:fs';
import { type CsvError, parse } from 'csv-parse';
import { UsageError } from '../api/errors.js';
import { readReason } from '../import/walk.js';

const MAX_LABELS = 1_000_000;
const MAX_RECORD_CHARACTERS = 64 * 1024;

/**
 * Reads what a table says of images: a first line with the names of columns, among them `label` and either `imageId` or `file`,
 * the path of a picture below the folder that was imported.
 * @param prefix that was put before each path when the folder was imported
 * @returns labels by imageId; rows with an empty cell are passed over
 * @throws UsageError when the file cannot be read, or is no such table
 */
export async function readLabels(path: string, prefix: string): Promise<ReadonlyMap<string, string>> {
  const labels = new Map<string, string>();
  const parser = parse({ columns: true, bom: true, trim: true, max_record_size: MAX_RECORD_CHARACTERS });
  const file = createReadStream(path).on('error', (error) => parser.destroy(error));
  try {
    for await (const row of file.pipe(parser) as AsyncIterable<Readonly<Record<string, string>>>) {
      const { imageId = row.file === undefined ? undefined : prefix + row.file, label } = row;
      if (imageId === undefined || label === undefined) {
        throw new UsageError(
          `The table ${JSON.stringify(path)} lacks columns.`,
          'Its first line must name label, and imageId or file.',
        );
      }
      if (imageId !== prefix && imageId !== '' && label !== '') labels.set(imageId, label);
      if (labels.size > MAX_LABELS)
        throw new UsageError(`${JSON.stringify(path)} labels more than ${MAX_LABELS} images.`);
    }
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(reason(error, path));
  } finally {
    file.destroy();
  }
  return labels;
}

function reason(error: unknown, path: string): string {
  const { code, message } = error as CsvError;
  const isCsv = code?.startsWith('CSV_');
  return `The table ${JSON.stringify(path)} can't be read: ${isCsv ? message : readReason(error, path)}.`;
}
