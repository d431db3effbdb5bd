import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFile } from '#vision';
import { UsageError } from '../api/errors.js';
import type { Context } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { ModelCatalogue, ShippedModel } from '../models/model-catalogue.js';
import { renderLicence, renderModels } from '../render/models.js';
import { createProgress } from '../terminal/progress.js';
import { bytes } from '../terminal/text.js';

export async function listModels(
  { settings, print, style }: Context,
  { models }: ModelCatalogue,
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const folder = settings.encoder.modelsFolder;
  const listed = await Promise.all(models.map(async (it) => ({ ...it, isThere: await isThere(folder, it.model) })));
  print(json ? `${JSON.stringify({ folder, models: listed })}\n` : renderModels(listed, folder, style));
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
  { model }: ShippedModel,
): Promise<string> {
  say(renderLicence(model));
  const progress = createProgress(process.stderr, { amount: bytes });
  try {
    return await catalogue.ensure(model, {
      folder: settings.encoder.modelsFolder,
      mirrors: settings.encoder.modelMirrors,
      signal: stopped,
      onProgress: ({ doneBytes, totalBytes }) => progress.update('Fetching', doneBytes, totalBytes),
    });
  } finally {
    progress.stop();
  }
}

async function isThere(folder: string, { file, sizeBytes }: ModelFile): Promise<boolean> {
  const found = await stat(join(folder, file)).catch(() => null);
  return found?.size === sizeBytes;
}
