import { createHash } from 'node:crypto';
import { type EncoderInfo, LookalikeError } from '#core';
import type { ModelFile } from '../model-store/model-file.js';
import { outputSize, PREPARATION_VERSION, type ResizeRule } from '../pictures/resize-rule.js';

/**
 * Which tensor is the feature. `fc1`, `fc2`: the first, second 4096-d fully connected layer of a VGG16, after its ReLU.
 * `pooled`: the last convolution block after its max pooling. All three are found by the graph's structure.
 */
export type FeatureLayer = 'fc1' | 'fc2' | 'pooled' | { readonly tensor: string };

/** `gem`: generalised mean over the positions of each channel (Radenović, Tolias and Chum 2018). */
export type Pooling = { readonly kind: 'none' } | { readonly kind: 'gem'; readonly p: number };

/** The tensor's value is (value × scale − mean) / std for a value of 0..255; mean and std are in `colourOrder`. */
export interface InputRule {
  readonly resize: ResizeRule;
  readonly colourOrder: 'RGB' | 'BGR';
  readonly scale: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly layout: 'NCHW' | 'NHWC';
}

/** One vector that is read off the model. */
export interface Feature {
  readonly layer: FeatureLayer;
  readonly pooling: Pooling;
  readonly vector: { readonly name: string; readonly size: number };
}

/** What the values of a head name, in their order: the 1,000 classes of ILSVRC 2012, or those with a background before them. */
export const CLASS_LISTS = { imagenet: 1000, 'background-and-imagenet': 1001 } as const;

/** A classification head whose best classes become labels. */
export interface ClassHead {
  /** `output`: what the graph's fully connected layers end in, before any softmax. */
  readonly layer: 'output' | { readonly tensor: string };
  readonly names: keyof typeof CLASS_LISTS;
  /** Whether the layer has had its softmax. */
  readonly values: 'logits' | 'probabilities';
  /** Least probability of a label, above 0. */
  readonly floor: number;
  /** There is no other: what is not trained names nothing. */
  readonly trained: true;
}

/** Everything that makes an encoder: the file, what goes in, what comes out. */
export interface EncoderManifest extends Feature {
  readonly name: string;
  readonly model: ModelFile;
  readonly input: InputRule;
  /** Further vectors of the same run, which cost next to nothing where their layers lie on the way. */
  readonly also?: readonly Feature[];
  readonly trained: boolean;
  readonly classes?: ClassHead;
}

/** All of its vectors, in the order in which they follow each other. */
export function featuresOf({ layer, pooling, vector, also = [] }: EncoderManifest): readonly Feature[] {
  return [{ layer, pooling, vector }, ...also];
}

/** A layer that is read, and how. */
export interface Reading extends Omit<Feature, 'layer'> {
  readonly layer: FeatureLayer | 'output';
}

/** All that is read of one run: its vectors, and after them the values of its classes. */
export function readingsOf(manifest: EncoderManifest): readonly Reading[] {
  const { classes } = manifest;
  if (classes === undefined) return featuresOf(manifest);
  const vector = { name: 'classes', size: CLASS_LISTS[classes.names] };
  return [...featuresOf(manifest), { layer: classes.layer, pooling: { kind: 'none' }, vector }];
}

/** Numbers that are read of one picture. */
export function readingsLength(manifest: EncoderManifest): number {
  return readingsOf(manifest).reduce((sum, { vector }) => sum + vector.size, 0);
}

/**
 * 16 hex digits over what decides the vectors and labels, and nothing else: the same file found elsewhere or under another name
 * makes the same vectors.
 */
export function encoderFingerprint(manifest: EncoderManifest): string {
  return encoderDigest(manifest).slice(0, 16);
}

function encoderDigest(manifest: EncoderManifest): string {
  const { model, input, layer, pooling, vector, also, classes } = manifest;
  const { sha256 } = model;
  const decides = {
    sha256,
    preparation: PREPARATION_VERSION,
    input,
    layer,
    pooling,
    vector,
    ...(also && { also }),
    ...(classes && { classes }),
  };
  return createHash('sha256').update(canonicalJson(decides)).digest('hex');
}

/** What an encoder made by this manifest is; known without its model file. */
export function encoderInfo(manifest: EncoderManifest): EncoderInfo {
  const { name, trained } = manifest;
  const { width, height } = outputSize(manifest.input.resize);
  return {
    name,
    fingerprint: encoderFingerprint(manifest),
    digest: encoderDigest(manifest),
    trained,
    ...(manifest.classes && { labels: true }),
    manifest,
    inputWidth: width,
    inputHeight: height,
    vectors: featuresOf(manifest).map(({ vector }) => vector),
  };
}

/** JSON with sorted keys and no spaces: one text for one value. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`).join()}}`;
}

/** The refusal of a manifest: names the field as a path, such as `input.resize.crop`. */
export function manifestError(field: string, rule: string): LookalikeError {
  return new LookalikeError('invalid-setting', `Encoder manifest: ${field} ${rule}.`, { facts: { field, rule } });
}
