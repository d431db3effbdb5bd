import { createHash } from 'node:crypto';
import type { LogRecord } from '#core';
import {
  decodeHeader,
  decodeLine,
  type ExportHeader,
  type ExportTrailer,
  exportInvalid,
  MAX_LINE_BYTES,
} from './export-lines.js';

const NEWLINE = 0x0a;

/**
 * Reads an export once, from its first byte to its last. That it is whole and unchanged is known only at its end: what
 * `records` gave before it failed may be wrong.
 */
export class ExportReader {
  readonly #lines: AsyncIterator<Uint8Array>;
  readonly #hash = createHash('sha256');
  readonly #counts: Record<string, number> = {};
  #number = 0;

  private constructor(
    lines: AsyncIterator<Uint8Array>,
    readonly header: ExportHeader,
    firstLine: Uint8Array,
  ) {
    this.#lines = lines;
    this.#count(firstLine);
  }

  /** @param bytes of the file, unpacked. @throws `export-file-invalid`. */
  static async open(bytes: AsyncIterable<Uint8Array>): Promise<ExportReader> {
    const lines = linesOf(bytes)[Symbol.asyncIterator]();
    const { value, done } = await lines.next();
    if (done === true) throw exportInvalid('not-an-export', 'The file is empty.');
    return new ExportReader(lines, decodeHeader(value), value);
  }

  /** @throws `export-file-invalid` at the line that is wrong, and at the end when the file is cut off or was changed. */
  async *records(): AsyncGenerator<LogRecord> {
    try {
      yield* this.#records();
    } finally {
      await this.#lines.return?.();
    }
  }

  async *#records(): AsyncGenerator<LogRecord> {
    const next: Record<string, number> = {};
    for (let it = await this.#lines.next(); it.done !== true; it = await this.#lines.next()) {
      const content = decodeLine(it.value, this.#number + 1);
      if ('sha256' in content) return this.#end(content);
      this.#count(it.value);
      const { topic, partition, offset } = content;
      const place = `${topic}/${partition}`;
      if (partition >= (this.header.partitions[topic] ?? 0) || offset < (next[place] ?? 0)) {
        throw exportInvalid('order', `Line ${this.#number} of the file is out of order.`, { topic, partition, offset });
      }
      next[place] = offset + 1;
      this.#counts[topic] = (this.#counts[topic] ?? 0) + 1;
      yield content;
    }
    throw exportInvalid('cut-off', `The file is cut off after line ${this.#number}.`, { line: this.#number });
  }

  #count(line: Uint8Array): void {
    this.#number += 1;
    this.#hash.update(line).update('\n');
  }

  async #end({ records, sha256 }: ExportTrailer): Promise<void> {
    const found = this.#hash.digest('hex');
    const topics = new Set([...Object.keys(records), ...Object.keys(this.#counts)]);
    const isComplete = [...topics].every((topic) => (records[topic] ?? 0) === (this.#counts[topic] ?? 0));
    if (found !== sha256 || !isComplete) {
      throw exportInvalid('changed', 'The file was changed: its lines are not those that were exported.', {
        sha256,
        found,
      });
    }
    const { done } = await this.#lines.next();
    if (done !== true) throw exportInvalid('changed', 'The file was changed: there is something behind its end.');
  }
}

/** Lines without their newlines. @throws `export-file-invalid` at a line that is too long. */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  for await (const chunk of bytes) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      const last = chunk.subarray(from, end);
      yield pending.length === 0 ? last : Buffer.concat([...pending, last]);
      pending = [];
      pendingBytes = 0;
      from = end + 1;
    }
    if (from === chunk.length) continue;
    pending.push(chunk.subarray(from));
    pendingBytes += chunk.length - from;
    if (pendingBytes > MAX_LINE_BYTES) {
      throw exportInvalid('line', `A line of the file has more than ${MAX_LINE_BYTES} bytes.`, {
        limit: MAX_LINE_BYTES,
      });
    }
  }
  // The end of the last line is part of the file: without it something is missing.
  if (pendingBytes > 0) throw exportInvalid('cut-off', 'The file is cut off within a line.');
}
