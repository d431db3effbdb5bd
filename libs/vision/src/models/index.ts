export {
  type EncoderManifest,
  encoderFingerprint,
  encoderInfo,
  type FeatureLayer,
  type InputRule,
  type Pooling,
} from './encoder-manifest.js';
export { ensureEncoderFile } from './ensure-encoder-file.js';
export { findEncoderManifest } from './find-manifest.js';
export { parseEncoderManifest, readEncoderManifest } from './manifest-parser.js';
export { createOnnxEncoder, type OnnxEncoder, type OnnxEncoderOptions } from './onnx-encoder.js';
export { SHIPPED_SEED, writeSeededVgg16 } from './seeded-vgg16.js';
export { SHIPPED_MANIFESTS } from './shipped-manifests.js';
