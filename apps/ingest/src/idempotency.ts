import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { LRUCache } from 'lru-cache';
import { LookalikeError } from '#core';
import { invalidRequest } from '#nest';

const KEY = /^[\x21-\x7e]{1,255}$/;
const REMEMBERED = 10_000;

/** `null` when the request has none. @throws `invalid-request`. */
export function idempotencyKeyOf(request: Request): string | null {
  const key = request.header('idempotency-key');
  if (key === undefined) return null;
  if (!KEY.test(key)) {
    throw invalidRequest([{ field: 'Idempotency-Key', rule: 'must be 1 to 255 visible ASCII characters' }]);
  }
  return key;
}

/** The same UUID (version 8) for the same key, also after a restart. */
export function uuidOf(key: string, purpose: 'image' | 'event'): string {
  const bytes = createHash('sha256').update(`lookalike ${purpose} ${key}`).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** First answers by key. The oldest are forgotten; a repeat then runs again, with the same ids. */
export class FirstAnswers<Answer> {
  readonly #answers = new LRUCache<string, { request: string; answer: Promise<Answer> }>({ max: REMEMBERED });

  /**
   * Runs `work` once per key, also for requests at the same time. What failed is forgotten, so it can be tried again.
   * @throws `idempotency-key-reused` when the key came with another request.
   */
  async once(key: string, request: unknown, work: () => Promise<Answer>): Promise<Answer> {
    const fingerprint = createHash('sha256').update(JSON.stringify(request)).digest('base64');
    const first = this.#answers.get(key);
    if (first !== undefined) {
      if (first.request === fingerprint) return first.answer;
      throw new LookalikeError('idempotency-key-reused', 'This Idempotency-Key came with another request before.');
    }
    const answer = work();
    this.#answers.set(key, { request: fingerprint, answer });
    answer.catch(() => this.#answers.delete(key));
    return answer;
  }
}
