import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  type ImageId,
  isLink,
  isLookalikeError,
  LookalikeError,
  type Position,
  parseAttributes,
  parseImageId,
  type Version,
} from '#core';
import { asLookalikeError, bodyValidation, invalidRequest, type Problem, SETTINGS, toProblem } from '#nest';
import { blobOf, type ImageChange, stateOf } from '../image-states.js';
import { ImageWriter } from '../image-writer.js';
import { BulkDelete, BulkOp, BulkPicture } from '../json-bodies.js';
import { LinkedPictures } from '../linked-pictures.js';
import { StoredPictures } from '../stored-pictures.js';
import type { DeclaringSettings } from '../tokens.js';
import { type Line, lineBatches } from './line-batches.js';

export const LINE_LIMITS = { maxLineBytes: 65_536, maxLines: 512 } as const;
/** How many pictures are looked up in the blob store at the same time. */
const LOOKUPS_AT_ONCE = 32;

type Checked = { readonly number: number } & ({ readonly change: ImageChange } | { readonly error: LookalikeError });

/** What became of a line: its event is durable, or it is refused. */
export type BulkResult = { readonly line: number; readonly status: number } & (
  | { readonly imageId: ImageId; readonly version: Version; readonly position: Position }
  | { readonly problem: Problem }
);

/** Lines of changes in, one result for each out. A wrong line, or a fault, is the matter of its own lines only. */
@Injectable()
export class BulkImport {
  readonly #logger = new Logger(BulkImport.name);
  readonly #validation = bodyValidation();

  constructor(
    @Inject(ImageWriter) private readonly writer: ImageWriter,
    @Inject(StoredPictures) private readonly pictures: StoredPictures,
    @Inject(LinkedPictures) private readonly links: LinkedPictures,
    @Inject(SETTINGS) private readonly settings: DeclaringSettings,
  ) {}

  /** NDJSON, some lines at a time. A line's result is given when its event is durable. */
  async *results(body: AsyncIterable<Uint8Array>): AsyncIterable<string> {
    for await (const lines of lineBatches(body, LINE_LIMITS)) yield await this.#import(lines);
  }

  async #import(lines: readonly Line[]): Promise<string> {
    const checked: Checked[] = [];
    for (let at = 0; at < lines.length; at += LOOKUPS_AT_ONCE) {
      const some = lines.slice(at, at + LOOKUPS_AT_ONCE);
      checked.push(...(await Promise.all(some.map((line) => this.#check(line)))));
    }
    const written = await this.#append(checked.flatMap((it) => ('change' in it ? [it.change] : [])));
    const results = checked.map((it): BulkResult => {
      if ('error' in it) return failed(it.number, it.error);
      if ('error' in written) return failed(it.number, written.error);
      const position = written.positions.shift();
      if (position === undefined) throw new LookalikeError('internal', 'The log gave no position.');
      return { line: it.number, status: 202, imageId: it.change.imageId, version: position.offset, position };
    });
    return results.map((result) => `${JSON.stringify(result)}\n`).join('');
  }

  async #append(changes: readonly ImageChange[]) {
    try {
      return { positions: [...(await this.writer.writeAll(changes))] };
    } catch (thrown) {
      return { error: this.#log(thrown) };
    }
  }

  async #check(line: Line): Promise<Checked> {
    const { number } = line;
    if ('error' in line) return line;
    try {
      return { number, change: await this.#parse(line.text) };
    } catch (thrown) {
      return { number, error: isLookalikeError(thrown) && !thrown.canRetry ? thrown : this.#log(thrown) };
    }
  }

  async #parse(text: string): Promise<ImageChange> {
    const line = json(text);
    const { op = 'add' } = await this.#as(BulkOp, { op: line.op });
    if (op === 'delete') {
      const { imageId } = await this.#as(BulkDelete, line);
      return { kind: 'deleted', imageId: parseImageId(imageId) };
    }
    const picture = await this.#as(BulkPicture, line);
    const imageId = parseImageId(picture.imageId);
    const attributes = parseAttributes(picture.attributes ?? {}, this.settings.index.attributes);
    const kind = op === 'add' ? 'added' : 'updated';
    if (isLink(picture.uri)) return { kind, imageId, state: { ...this.links.declared(picture), attributes } };
    const facts = await this.pictures.factsOf(blobOf(picture), picture.mediaType);
    return { kind, imageId, state: stateOf(facts, attributes, picture) };
  }

  #as<T>(metatype: new () => T, value: object): Promise<T> {
    return this.#validation.transform(value, { type: 'body', metatype }) as Promise<T>;
  }

  #log(thrown: unknown): LookalikeError {
    const error = asLookalikeError(thrown);
    this.#logger.warn({ err: error, code: error.code }, 'Lines of a bulk import failed.');
    return error;
  }
}

function json(text: string): { op?: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw invalidRequest([{ field: 'line', rule: 'must be a JSON object' }]);
}

function failed(line: number, error: LookalikeError): BulkResult {
  const problem = toProblem(error);
  return { line, status: problem.status, problem };
}
