import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelCatalogue, ShippedModel } from './model-catalogue.js';

/**
 * The encoders that come with lookalike, and the way to their files. Loaded when asked for, since commands that only talk
 * to a server need no native libraries.
 */
export async function loadCatalogue(): Promise<ModelCatalogue> {
  const { ensureModel, listModels, SHIPPED_MANIFESTS, SHIPPED_SEED, writeSeededVgg16 } = await import('#vision');
  const models: ShippedModel[] = Object.values(SHIPPED_MANIFESTS);
  return {
    models,
    async ensure({ model, trained }, options) {
      const path = join(options.folder, model.file);
      // Weights from a seed are nobody's to serve: they are made here, and verified like any other file.
      if (!trained && model.urls.length === 0 && (await stat(path).catch(() => null)) === null) {
        await mkdir(options.folder, { recursive: true });
        await writeSeededVgg16(path, { seed: SHIPPED_SEED, precision: 'int8' });
      }
      return ensureModel(model, options);
    },
    async list(folder) {
      // Several encoders share a file, and each look reads all of it.
      const files = [...new Map(models.map(({ model }) => [model.file, model])).values()];
      const states = new Map((await listModels(folder, files)).map(({ model, state }) => [model.file, state]));
      return models.map((it) => ({
        ...it,
        path: join(folder, it.model.file),
        state: states.get(it.model.file) ?? 'missing',
      }));
    },
  };
}
