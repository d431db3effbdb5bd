import { isLookalikeError } from '#core';
import { fetchModel } from '../commands/models.js';
import type { Context } from '../context.js';
import type { ModelCatalogue } from '../models/model-catalogue.js';

/**
 * The encoder to start with, its file in place. Without a network the default gives way to one that is made on this
 * machine; an encoder somebody asked for by name never does.
 */
export async function chooseEncoder(context: Context, catalogue: ModelCatalogue, isAskedFor: boolean): Promise<string> {
  const { name, modelFile } = context.settings.encoder;
  const shipped = catalogue.models.find((it) => it.name === name);
  // A manifest or a file of the user's own is the server's to check.
  if (shipped === undefined || modelFile !== null) return name;
  try {
    await fetchModel(context, catalogue, shipped);
    return name;
  } catch (error) {
    const seeded = catalogue.models.find(({ trained }) => !trained);
    if (isAskedFor || seeded === undefined || !isOutOfReach(error)) throw error;
    context.say('  That file could not be downloaded; is there a network?');
    context.say(`  Going on with ${seeded.name}, made on this machine. It is untrained: near-duplicates only.`);
    await fetchModel(context, catalogue, seeded);
    return seeded.name;
  }
}

function isOutOfReach(error: unknown): boolean {
  return isLookalikeError(error) && ['model-download-failed', 'model-missing'].includes(error.code);
}
