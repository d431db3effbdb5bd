import { modelsFolderError } from '#config';
import { isLookalikeError } from '#core';
import { UsageError } from '../api/errors.js';
import type { Context } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { ModelCatalogue, ShippedModel } from '../models/model-catalogue.js';
import { renderLicence, renderModels } from '../render/models.js';
import { createProgress, withProgress } from '../terminal/progress.js';
import { bytes } from '../terminal/text.js';

export async function listModelsCommand(
  { settings, print, style }: Context,
  catalogue: ModelCatalogue,
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const folder = settings.encoder.modelsFolder;
  const models = await catalogue.list(folder);
  print(json ? `${JSON.stringify({ folder, models })}\n` : renderModels(models, folder, style));
  return EXIT.fine;
}

export async function fetchModelCommand(
  context: Context,
  catalogue: ModelCatalogue,
  name: string,
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const shipped = findModel(catalogue, name);
  const path = await fetchModel(context, catalogue, shipped);
  context.print(json ? `${JSON.stringify({ name, path })}\n` : `${path}\n`);
  return EXIT.fine;
}

export function findModel({ models }: ModelCatalogue, name: string): ShippedModel {
  const found = models.find((it) => it.name === name);
  if (found !== undefined) return found;
  throw new UsageError(
    `There is no model named ${JSON.stringify(name)}.`,
    `Known: ${models.map((it) => it.name).join(', ')}`,
  );
}

/** With a progress bar, and the licence before anything is fetched. */
export async function fetchModel(
  { settings, stopped, say }: Context,
  catalogue: ModelCatalogue,
  shipped: ShippedModel,
): Promise<string> {
  say(renderLicence(shipped));
  const fetching = withProgress(createProgress(process.stderr, { amount: bytes }), (progress) =>
    catalogue.ensure(shipped, {
      folder: settings.encoder.modelsFolder,
      mirrors: settings.encoder.modelMirrors,
      signal: stopped,
      onProgress: ({ receivedBytes, totalBytes }) => progress.update('Fetching', receivedBytes, totalBytes),
    }),
  );
  return fetching.catch((error: unknown) => {
    if (!isLookalikeError(error) || error.code !== 'storage-unavailable') throw error;
    throw modelsFolderError(settings, error.facts.systemCode) ?? error;
  });
}
