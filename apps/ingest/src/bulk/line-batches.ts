import { LookalikeError } from '#core';

/** `error` when the line cannot be read; its bytes are gone then. */
export type Line = { readonly number: number } & ({ readonly text: string } | { readonly error: LookalikeError });

export interface LineLimits {
  readonly maxLineBytes: number;
  readonly maxLines: number;
}

const NEWLINE = 0x0a;

/**
 * Lines of a stream of bytes, in batches of what has arrived: a batch never waits for more input. Blank lines are
 * counted and left out. Memory stays bounded however long a line is.
 */
export async function* lineBatches(chunks: AsyncIterable<Uint8Array>, limits: LineLimits): AsyncIterable<Line[]> {
  const splitter = new LineSplitter(limits.maxLineBytes);
  for await (const chunk of chunks) yield* batches(splitter.push(chunk), limits.maxLines);
  yield* batches(splitter.end(), limits.maxLines);
}

function* batches(lines: readonly Line[], size: number): Iterable<Line[]> {
  for (let at = 0; at < lines.length; at += size) yield lines.slice(at, at + size);
}

class LineSplitter {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #number = 0;
  /** The beginning of a line whose end has not come. */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(private readonly maxLineBytes: number) {}

  push(chunk: Uint8Array): readonly Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, end));
      lines.push(...this.end());
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
    return lines;
  }

  /** What is pending is a line. */
  end(): readonly Line[] {
    this.#number++;
    const line = this.#read();
    this.#pending = [];
    this.#pendingBytes = 0;
    return line === null ? [] : [{ number: this.#number, ...line }];
  }

  #keep(part: Uint8Array): void {
    this.#pendingBytes += part.length;
    if (this.#pendingBytes > this.maxLineBytes) this.#pending = [];
    else if (part.length > 0) this.#pending.push(part);
  }

  #read(): { text: string } | { error: LookalikeError } | null {
    if (this.#pendingBytes > this.maxLineBytes)
      return { error: broken(`must have at most ${this.maxLineBytes} bytes`) };
    try {
      const text = this.#decoder.decode(Buffer.concat(this.#pending)).trim();
      return text === '' ? null : { text };
    } catch {
      return { error: broken('must be UTF-8') };
    }
  }
}

function broken(rule: string): LookalikeError {
  return new LookalikeError('invalid-request', `The line ${rule}.`, { facts: { field: 'line', rule } });
}
