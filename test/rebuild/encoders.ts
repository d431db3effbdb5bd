import {
  type EncoderInfo,
  type EncoderInput,
  type EncoderOutput,
  type EncoderReference,
  type ImageEncoder,
  imageVectorsTopic,
  LookalikeError,
  type NamedVectors,
  type PreparedPicture,
  type RunningEncoder,
  unitVector,
} from '#core';
import { damagedPicture, PixelEncoder, plainPicture, preparePlainPicture, sha256Of } from '#testkit';
import type { ClosableEncoders } from '../../apps/embedder/src/followed-generations.js';

const GOOD = { cat: plainPicture('cat'), dog: plainPicture('dog'), owl: plainPicture('owl') };
export const PICTURES = Object.values(GOOD);
export const DAMAGED = damagedPicture('bat');
/** Comes to the blob store after the events that name it, if at all. */
export const LATE = plainPicture('elk');
const DECODABLE = [...PICTURES, LATE];
/** By the names that steps call them. */
export const BY_NAME = { ...GOOD, damaged: DAMAGED, late: LATE };
export type PictureName = keyof typeof BY_NAME;

const pixels = new PixelEncoder();
/** What another encoder makes of the same picture: as many numbers, and others. */
export const ENCODERS: readonly EncoderInfo[] = [
  pixels.info,
  { ...pixels.info, name: 'pixel-blocks-reversed', fingerprint: '70697865626c6b32' },
];

export const FIRST_VECTORS_TOPIC = imageVectorsTopic(pixels.info.fingerprint);

/** Decoded once for all schedules: what is in a picture is not what they are about. */
const decoded = new Map<string, PreparedPicture>();

export async function preparePicture(bytes: Uint8Array): Promise<PreparedPicture> {
  const text = Buffer.from(bytes).toString();
  const picture = decoded.get(text) ?? (await preparePlainPicture(bytes));
  decoded.set(text, picture);
  return picture;
}

const encoded = new Map<string, WeakMap<Uint8Array, EncoderOutput>>(
  ENCODERS.map(({ fingerprint }) => [fingerprint, new WeakMap()]),
);

class VariantEncoder implements ImageEncoder {
  readonly waiting = 0;
  #isOpen = true;

  constructor(readonly info: EncoderInfo) {}

  async encode(inputs: readonly EncoderInput[]): Promise<readonly EncoderOutput[]> {
    if (!this.#isOpen) throw new LookalikeError('encoder-unavailable', 'The encoder is closed.');
    return Promise.all(inputs.map((it) => this.#encodeOne(it)));
  }

  async #encodeOne(input: EncoderInput): Promise<EncoderOutput> {
    const known = encoded.get(this.info.fingerprint)?.get(input.pixels);
    if (known !== undefined) return known;
    const [output] = await pixels.encode([input]);
    const fc = output?.vectors.fc ?? new Float32Array();
    const made = { vectors: { fc: this.info === pixels.info ? fc : fc.toReversed() } };
    encoded.get(this.info.fingerprint)?.set(input.pixels, made);
    return made;
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }
}

/** Those of one process. `wrap`: how it reaches them. */
export class ProcessEncoders implements ClosableEncoders {
  readonly waiting = 0;
  readonly #running = new Map<string, RunningEncoder>();

  constructor(private readonly wrap: (encoder: ImageEncoder) => ImageEncoder) {}

  async running({ fingerprint }: EncoderReference): Promise<RunningEncoder> {
    const known = this.#running.get(fingerprint);
    if (known !== undefined) return known;
    const info = ENCODERS.find((it) => it.fingerprint === fingerprint);
    if (info === undefined) throw new LookalikeError('encoder-mismatch', `There is no encoder ${fingerprint} here.`);
    const encoder = this.wrap(new VariantEncoder(info));
    const running = { encoder, interactive: encoder, preparePicture };
    this.#running.set(fingerprint, running);
    return running;
  }

  async keepOnly(fingerprints: ReadonlySet<string>): Promise<void> {
    for (const [fingerprint, { encoder }] of this.#running) {
      if (fingerprints.has(fingerprint)) continue;
      this.#running.delete(fingerprint);
      await encoder.close();
    }
  }
}

/** What each encoder makes of each picture that can be decoded. */
export interface KnownVectors {
  readonly late: readonly string[];
  of(fingerprint: string, sha256: string): NamedVectors;
}

export async function knownVectors(): Promise<KnownVectors> {
  const known = new Map<string, NamedVectors>();
  for (const info of ENCODERS) {
    for (const bytes of DECODABLE) {
      const [output] = await new VariantEncoder(info).encode([await preparePicture(bytes)]);
      const fc = output?.vectors.fc ?? new Float32Array();
      known.set(`${info.fingerprint} ${sha256Of(bytes)}`, { fc: unitVector(fc) });
    }
  }
  return { late: [sha256Of(LATE)], of: (fingerprint, sha256) => known.get(`${fingerprint} ${sha256}`) ?? {} };
}
