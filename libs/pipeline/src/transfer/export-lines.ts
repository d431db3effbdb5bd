import { type LogRecord, LookalikeError } from '#core';

/** `docs/reference/log-file.md` is the format. One that is not understood is refused: an import is not half right. */
export const EXPORT_FORMAT = 'lookalike-log';
export const EXPORT_VERSION = 1;

/** Of a line, so that a damaged file does not fill the memory. A record of 1 MiB is a line of about 1.4 MiB. */
export const MAX_LINE_BYTES = 16 * 1_048_576;

export interface ExportedEncoder {
  readonly fingerprint: string;
  /** As a generation calls it; `null` when no generation knows it. */
  readonly name: string | null;
}

/** The first line of an export. */
export interface ExportHeader {
  readonly format: typeof EXPORT_FORMAT;
  readonly version: typeof EXPORT_VERSION;
  /** A UUID, another one of each export. */
  readonly export: string;
  /** The name that the exported log gave itself. */
  readonly log: string;
  readonly exportedAt: string;
  /** By topic. */
  readonly partitions: Readonly<Record<string, number>>;
  /** Whose vectors the file holds. */
  readonly encoders: readonly ExportedEncoder[];
  /**
   * By topic, of each partition: what all these encoders have made of the records below is in the file, so none of it needs
   * to be made again.
   */
  readonly done: Readonly<Record<string, readonly number[]>>;
  /** Of each partition of the events: what had to be set aside of those below has its letter. */
  readonly setAside: readonly number[];
  /** Records that there were when the export began: for showing how far it is, not a promise. */
  readonly estimatedRecords: number;
}

/** The last line. Without it the file is cut off. */
export interface ExportTrailer {
  /** By topic. */
  readonly records: Readonly<Record<string, number>>;
  /** Lowercase hex, of all lines before this one, each with its newline. */
  readonly sha256: string;
}

type RecordLine = Omit<LogRecord, 'value'> & { readonly value: string | null };

export function encodeLine(content: ExportHeader | ExportTrailer | LogRecord): Buffer {
  return Buffer.from(`${JSON.stringify('value' in content ? recordLine(content) : content)}\n`);
}

function recordLine({ topic, partition, offset, timestampMs, key, headers, value }: LogRecord): RecordLine {
  const base64 = value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64');
  return { topic, partition, offset, timestampMs, key, headers, value: base64 };
}

/** @throws `export-file-invalid`. */
export function decodeHeader(line: Uint8Array): ExportHeader {
  const header = parsed(line, 'not-an-export');
  if (header.format !== EXPORT_FORMAT) throw exportInvalid('not-an-export', 'The file is no export of a log.');
  if (header.version !== EXPORT_VERSION) {
    throw exportInvalid(
      'version',
      `The file is of version ${header.version}, and this program reads ${EXPORT_VERSION}.`,
    );
  }
  if (!isHeader(header)) throw exportInvalid('line', 'The first line of the file is not as its version has it.');
  return header as unknown as ExportHeader;
}

/** @param number of the line, from 1. @throws `export-file-invalid`. */
export function decodeLine(line: Uint8Array, number: number): LogRecord | ExportTrailer {
  const content = parsed(line, 'line', number);
  if (isRecord(content)) {
    const value = content.value === null ? null : Buffer.from(content.value, 'base64');
    return { ...content, value };
  }
  if (isTrailer(content)) return content;
  throw exportInvalid('line', `Line ${number} of the file is neither a record nor its end.`, { line: number });
}

/** What is wrong with the file, in the facts too: `not-an-export`, `version`, `cut-off`, `changed`, `line`, `order`. */
export function exportInvalid(
  reason: string,
  message: string,
  facts: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): LookalikeError {
  return new LookalikeError('export-file-invalid', message, { facts: { ...facts, reason }, cause });
}

function parsed(line: Uint8Array, reason: string, number = 1): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
    if (isObject(value)) return value;
  } catch (cause) {
    throw exportInvalid(reason, `Line ${number} of the file is not JSON.`, { line: number }, cause);
  }
  throw exportInvalid(reason, `Line ${number} of the file is not a JSON object.`, { line: number });
}

function isHeader(it: Record<string, unknown>): boolean {
  return (
    [it.export, it.log, it.exportedAt].every((text) => typeof text === 'string') &&
    isObject(it.partitions) &&
    Object.values(it.partitions).every(isWhole) &&
    Array.isArray(it.encoders) &&
    it.encoders.every((encoder) => isObject(encoder) && typeof encoder.fingerprint === 'string') &&
    isObject(it.done) &&
    Object.values(it.done).every((offsets) => Array.isArray(offsets) && offsets.every(isWhole)) &&
    Array.isArray(it.setAside) &&
    it.setAside.every(isWhole)
  );
}

function isRecord(it: Record<string, unknown>): it is RecordLine & Record<string, unknown> {
  return (
    typeof it.topic === 'string' &&
    [it.partition, it.offset, it.timestampMs].every(isWhole) &&
    (it.key === null || typeof it.key === 'string') &&
    (it.value === null || typeof it.value === 'string') &&
    isObject(it.headers) &&
    Object.values(it.headers).every((text) => typeof text === 'string')
  );
}

function isTrailer(it: Record<string, unknown>): it is ExportTrailer & Record<string, unknown> {
  return isObject(it.records) && Object.values(it.records).every(isWhole) && typeof it.sha256 === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
