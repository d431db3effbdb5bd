import { loadSettings } from '#config';
import { LookalikeError } from '#core';
import type { Context } from '../context.js';
import type { ModelCatalogue, ShippedModel } from '../models/model-catalogue.js';
import { PLAIN } from '../terminal/style.js';
import { chooseEncoder, isEncoderAskedFor } from './choose-encoder.js';

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
  return {
    settings: loadSettings(env),
    style: PLAIN,
    showsPictures: false,
    stopped,
    print: () => {},
    say: (it) => said.push(it),
    said,
  };
}

test('the default encoder is fetched, its licence and authors shown', async () => {
  const it = context();
  expect(await chooseEncoder(it, catalogue(null), false)).toEqual({
    name: 'vgg16-fc2',
    dataFolder: './data',
    env: { LOOKALIKE_ENCODER: 'vgg16-fc2' },
  });
  expect(it.said.join('\n')).toContain('by Somebody, licence CC-BY-4.0');
});

test.each(['model-download-failed', 'model-missing'] as const)('%s: goes on untrained, and says so', async (code) => {
  const it = context();
  expect(await chooseEncoder(it, catalogue(new LookalikeError(code, 'No.')), false)).toMatchObject({ name: 'seeded' });
  expect(it.said.join('\n')).toContain('It is untrained: near-duplicates only.');
});

test('the stand-in has a data folder of its own, and how to serve it later is said', async () => {
  const it = context({ LOOKALIKE_DATA_DIR: 'my data' });
  const chosen = await chooseEncoder(it, catalogue(new LookalikeError('model-missing', 'No.')), false);
  expect(chosen.dataFolder).toBe('my data/untrained');
  expect(chosen.env).toEqual({
    LOOKALIKE_ENCODER: 'seeded',
    LOOKALIKE_DATA_DIR: 'my data/untrained',
    LOOKALIKE_MODELS_DIR: 'my data/models',
  });
  expect(it.said.join('\n')).toContain(
    "LOOKALIKE_ENCODER=seeded LOOKALIKE_DATA_DIR='my data/untrained' LOOKALIKE_MODELS_DIR='my data/models' ",
  );
});

test('an encoder is asked for by a name; a variable set to nothing asks for none', () => {
  expect(isEncoderAskedFor({ LOOKALIKE_ENCODER: 'vgg16-fc1' })).toBe(true);
  for (const env of [{}, { LOOKALIKE_ENCODER: '' }, { LOOKALIKE_ENCODER: ' ' }])
    expect(isEncoderAskedFor(env)).toBe(false);
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
  const mine = await chooseEncoder(context({ LOOKALIKE_ENCODER: './mine.json' }), catalogue(failure), true);
  expect(mine.name).toBe('./mine.json');
  const file = await chooseEncoder(context({ LOOKALIKE_MODEL_FILE: '/x' }), catalogue(failure), false);
  expect(file.name).toBe('vgg16-fc2');
});
