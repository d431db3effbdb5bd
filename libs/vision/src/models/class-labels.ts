import type { Label } from '#core';
import type { ClassHead } from './encoder-manifest.js';
import { IMAGENET_NAMES } from './imagenet-names.js';

const MOST_LABELS = 5;

/**
 * The likeliest classes of one picture, at most five, each at least as likely as the floor.
 * @param values one for each of the head's classes.
 */
export function labelsOf(values: Float32Array, { names, values: kind, floor }: ClassHead): readonly Label[] {
  const probabilities = kind === 'logits' ? softmax(values) : values;
  const before = names === 'imagenet' ? 0 : 1;
  const labels = new Map<string, number>();
  for (const [at, name] of IMAGENET_NAMES.entries()) {
    const probability = Math.min(1, probabilities[at + before] ?? 0);
    // Of two classes of the same name the likelier one counts.
    if (probability >= floor) labels.set(name, Math.max(probability, labels.get(name) ?? 0));
  }
  const found = Array.from(labels, ([name, probability]) => ({ name, probability: rounded(probability) }));
  return found.sort((a, b) => b.probability - a.probability).slice(0, MOST_LABELS);
}

function softmax(values: Float32Array): Float64Array {
  const greatest = values.reduce((most, it) => Math.max(most, it), Number.NEGATIVE_INFINITY);
  const powers = Float64Array.from(values, (it) => Math.exp(it - greatest));
  const sum = powers.reduce((total, it) => total + it, 0);
  return powers.map((it) => it / sum);
}

function rounded(probability: number): number {
  return Math.round(probability * 10_000) / 10_000;
}
