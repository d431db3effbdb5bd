import { loadSettings } from '#config';
import { LookalikeError } from '#core';
import type { Context } from '../context.js';
import type { ModelCatalogue, ShippedModel } from '../models/model-catalogue.js';
import { PLAIN } from '../terminal/style.js';
import { chooseEncoder } from './choose-encoder.js';

const model = { file: 'f', sizeBytes: 1, sha256: '', urls: [], licence: 'CC-BY-4.0', authors: 'Somebody', source: '' };
const trained: ShippedModel = { name: 'vgg16-fc2', model, trained: true };
const seeded: ShippedModel = { name: 'seeded', model, trained: false };

function catalogue(failure: LookalikeError | null): ModelCatalogue {
  const ensure = async (it: ShippedModel) => {
    if (it.trained && failure !== null) throw failure;
    return '/models/f';
  };
  return { models: [trained, seeded], ensure, list: async () => [] };
}

function context(env: Record<string, string> = {}): Context & { said: string[] } {
  const said: string[] = [];
  const stopped = new AbortController().signal;
  return { settings: loadSettings(env), style: PLAIN, stopped, print: () => {}, say: (it) => said.push(it), said };
}

test('the default encoder is fetched, its licence and authors shown', async () => {
  const it = context();
  expect(await chooseEncoder(it, catalogue(null), false)).toBe('vgg16-fc2');
  expect(it.said.join('\n')).toContain('by Somebody, licence CC-BY-4.0');
});

test.each(['model-download-failed', 'model-missing'] as const)('%s: goes on untrained, and says so', async (code) => {
  const it = context();
  expect(await chooseEncoder(it, catalogue(new LookalikeError(code, 'No.')), false)).toBe('seeded');
  expect(it.said.join('\n')).toContain('It is untrained: near-duplicates only.');
});

test('an encoder that was asked for is never replaced', async () => {
  const failure = new LookalikeError('model-missing', 'No.');
  await expect(chooseEncoder(context(), catalogue(failure), true)).rejects.toBe(failure);
});

test('a file that is not the model is an error, not a reason to go on', async () => {
  const failure = new LookalikeError('model-hash-mismatch', 'No.');
  await expect(chooseEncoder(context(), catalogue(failure), false)).rejects.toBe(failure);
});

test("a manifest or a model file of one's own is left to the server", async () => {
  const failure = new LookalikeError('model-missing', 'No.');
  expect(await chooseEncoder(context({ LOOKALIKE_ENCODER: './mine.json' }), catalogue(failure), true)).toBe(
    './mine.json',
  );
  expect(await chooseEncoder(context({ LOOKALIKE_MODEL_FILE: '/x' }), catalogue(failure), false)).toBe('vgg16-fc2');
});
