import { labellingManifest, sharedManifest, sharedModelFile, TEST_CACHE_FOLDER } from '#testkit';
import { ensureEncoderFile, SHIPPED_MANIFESTS } from '#vision';

/** The encoder of a server under test: what its manifest says, and where the model file is. */
export interface TestEncoder {
  manifest(): Readonly<Record<string, unknown>>;
  modelFile(): Promise<string>;
}

const SEEDED_MANIFEST = SHIPPED_MANIFESTS['vgg16-seeded-fc2'];

/** A VGG16 that is made on this machine, once: it needs nothing from elsewhere. */
export const SEEDED: TestEncoder = {
  manifest: () => ({ ...SEEDED_MANIFEST }),
  modelFile: () => ensureEncoderFile(SEEDED_MANIFEST, { folder: TEST_CACHE_FOLDER }),
};

/** The VGG16 beside the project, for `describeWithSharedPhotos`. */
export const SHARED: TestEncoder = {
  manifest: () => sharedManifest('vgg16-int8', 'fc2'),
  modelFile: () => sharedModelFile('vgg16-int8'),
};

/** The MobileNet beside the project, which names classes. */
export const LABELLING: TestEncoder = {
  manifest: labellingManifest,
  modelFile: () => sharedModelFile('mobilenet'),
};
