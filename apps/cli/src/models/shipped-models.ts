import { join } from 'node:path';
import type { ModelCatalogue, ShippedModel } from './model-catalogue.js';

/**
 * The encoders that come with lookalike, and the way to their files. Loaded when asked for, since commands that only talk
 * to a server need no native libraries.
 */
export async function loadCatalogue(): Promise<ModelCatalogue> {
  const { ensureEncoderFile, listModels, SHIPPED_MANIFESTS } = await import('#vision');
  const models: ShippedModel[] = Object.values(SHIPPED_MANIFESTS);
  return {
    models,
    ensure: ensureEncoderFile,
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
