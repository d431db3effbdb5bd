import { parseImageId, type ReadyRecord, type RunningEncoder, unitVectors } from '#core';
import { sharedManifest, sharedModelFile, stateOf } from '#testkit';
import {
  createOnnxEncoder,
  createPreparePicture,
  DEFAULT_PICTURE_LIMITS,
  encoderInfo,
  parseEncoderManifest,
} from '#vision';

const POOLED = { layer: 'pooled', pooling: { kind: 'gem', p: 3 }, vector: { name: 'pooled', size: 512 } };

export interface PooledVgg16 extends RunningEncoder {
  /** What the embed stage would make of a picture. */
  record(imageId: string, version: number, picture: Buffer): Promise<ReadyRecord>;
  /** As a generation searches them. */
  readonly vectors: readonly {
    readonly name: string;
    readonly size: number;
    readonly datatype: 'float32';
    readonly role: 'searched';
  }[];
  close(): Promise<void>;
}

/** The real int8 VGG16 with its second layer, `fc`, and its last convolution, `pooled`, of one run. */
export async function openPooledVgg16(): Promise<PooledVgg16> {
  const manifest = parseEncoderManifest({
    ...sharedManifest('vgg16-int8', 'fc2'),
    name: 'vgg16-int8-fc2-pooled',
    also: [POOLED],
  });
  const modelFile = await sharedModelFile('vgg16-int8');
  const encoder = await createOnnxEncoder({ manifest, modelFile, threads: 2, batchSize: 4, maxWaiting: 16 });
  const preparePicture = createPreparePicture({ rule: manifest.input.resize, limits: DEFAULT_PICTURE_LIMITS });
  return {
    encoder,
    interactive: encoder.interactive,
    preparePicture,
    vectors: encoderInfo(manifest).vectors.map((it) => ({ ...it, datatype: 'float32', role: 'searched' })),
    record: async (imageId, version, picture) => {
      const { perceptualHash, width, height, greyCopy, pixels } = await preparePicture(picture);
      const [output] = await encoder.encode([{ pixels }]);
      const head = { imageId: parseImageId(imageId), version, eventTimeMs: version, state: 'ready' } as const;
      const seen = { vectors: unitVectors(output?.vectors ?? {}), perceptualHash, width, height, greyCopy };
      return { ...head, ...seen, image: stateOf(picture), thumbnail: '0'.repeat(64) };
    },
    close: () => encoder.close(),
  };
}
