import type { EncoderInfo } from '../api/answers.js';
import { commandLine } from '../terminal/command-name.js';
import type { Style } from '../terminal/style.js';
import { printable } from '../terminal/text.js';

/** Every command that shows results says so: a score of such an encoder means less than people expect. */
export function untrainedNote({ trained }: EncoderInfo, style: Style): string[] {
  if (trained) return [];
  return [
    style.yellow('Note: the encoder is untrained. It finds near-duplicates (crops, copies, edits) and nothing more.'),
    style.yellow(`      For pictures that look alike, fetch a trained model: ${commandLine('models')}`),
  ];
}

export function encoderName({ name, fingerprint, trained }: EncoderInfo): string {
  return `${printable(name)} (${trained ? 'trained' : 'untrained'}, ${printable(fingerprint).slice(0, 12)})`;
}
