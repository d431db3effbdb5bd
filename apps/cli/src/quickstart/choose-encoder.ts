import { isLookalikeError } from '#core';
import { fetchModel } from '../commands/models.js';
import type { Context } from '../context.js';
import type { ModelCatalogue } from '../models/model-catalogue.js';
import { SEEDED_ENCODER } from '../models/shipped-models.js';

/**
 * The encoder to start with, its file in place. Without a network the default gives way to one that needs no file; an
 * encoder somebody asked for by name never does.
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
    if (isAskedFor || !isLookalikeError(error) || error.code !== 'model-download-failed') throw error;
    context.say(`The model could not be fetched: ${error.message}`);
    context.say(`Going on with ${SEEDED_ENCODER}, made on this machine. It is untrained: near-duplicates only.`);
    return SEEDED_ENCODER;
  }
}
