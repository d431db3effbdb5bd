import type { ShippedModel } from '../models/model-catalogue.js';
import type { Style } from '../terminal/style.js';
import { bytes, printable, table } from '../terminal/text.js';

export interface ListedModel extends ShippedModel {
  readonly isThere: boolean;
}

export function renderModels(models: readonly ListedModel[], folder: string, style: Style): string {
  const rows = models.map(({ name, model, isThere }) => [
    name,
    isThere ? style.green('there') : 'not fetched',
    bytes(model.sizeBytes),
    model.licence,
    model.authors,
  ]);
  const head = ['encoder', 'file', 'size', 'licence', 'authors'].map(style.bold);
  return [
    table([head, ...rows]),
    '',
    `Files are kept in ${printable(folder)}.`,
    'Fetch one: lookalike models fetch NAME    Use one: LOOKALIKE_ENCODER=NAME',
    '',
  ].join('\n');
}

/** Shown wherever a model is fetched: its licence asks to name the authors. */
export function renderLicence({ file, sizeBytes, licence, authors, source }: ShippedModel['model']): string {
  return `${file}, ${bytes(sizeBytes)}. Weights by ${authors}, licence ${licence}. ${source}`;
}
