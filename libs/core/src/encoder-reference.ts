/** What an encoder is, and what it takes to open it again elsewhere. */
export interface EncoderReference {
  readonly name: string;
  /** 16 hex digits over model file, layer, pooling, preprocessing and size. Everything derived carries it. */
  readonly fingerprint: string;
  /** SHA-256, in 64 hex digits, of what the fingerprint is the beginning of. Absent where it is not known. */
  readonly digest?: string;
  /** False when the weights are not trained: then it finds near-duplicates only. */
  readonly trained: boolean;
  /** Whether it names classes, by a head that is trained. Absent: it does not. */
  readonly labels?: boolean;
  /** JSON that says all of it, for whoever opens encoders. */
  readonly manifest: unknown;
}
