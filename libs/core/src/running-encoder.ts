import type { EncoderReference } from './encoder-reference.js';
import type { ImageEncoder } from './ports/image-encoder.js';
import type { PreparePicture } from './prepared-picture.js';

/** An encoder at work, and what makes pictures into what it takes. */
export interface RunningEncoder {
  readonly encoder: ImageEncoder;
  /** The same model for somebody who waits: it comes before what fills batches. */
  readonly interactive: ImageEncoder;
  readonly preparePicture: PreparePicture;
}

/** The encoders of one process: more than one while another takes over. */
export interface Encoders {
  /**
   * Opened by who asks first, and kept.
   * @throws `model-…`, `encoder-unavailable`; `encoder-mismatch` when this version makes other vectors of the same manifest.
   */
  running(encoder: EncoderReference): Promise<RunningEncoder>;
  /** Pictures that wait for a model, whoever gave them. */
  readonly waiting: number;
}
