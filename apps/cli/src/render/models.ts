import type { ShippedModel, ShippedModelState } from '../models/model-catalogue.js';
import { commandLine } from '../terminal/command-name.js';
import type { Style } from '../terminal/style.js';
import { bytes, printable, table } from '../terminal/text.js';

const STATES: Readonly<Record<ShippedModelState['state'], string>> = {
  verified: 'there',
  mismatched: 'another file has its name',
  partial: 'partly fetched',
  missing: 'not fetched',
};

export function renderModels(models: readonly ShippedModelState[], folder: string, style: Style): string {
  const rows = models.map(({ name, model, state, trained }) => [
    name,
    trained ? 'trained' : style.yellow('untrained'),
    state === 'verified' ? style.green(STATES[state]) : STATES[state],
    bytes(model.sizeBytes),
    model.licence,
    model.authors,
  ]);
  const head = ['encoder', '', 'file', 'size', 'licence', 'authors'].map(style.bold);
  return [
    table([head, ...rows]),
    '',
    `Files are kept in ${printable(folder)}.`,
    `Fetch one: ${commandLine('models fetch NAME')}    Use one: LOOKALIKE_ENCODER=NAME`,
    '',
  ].join('\n');
}

/** Shown wherever a model is fetched: its licence asks to name the authors. */
export function renderLicence({ model: { file, sizeBytes, licence, authors, source } }: ShippedModel): string {
  return [`${file} (${bytes(sizeBytes)})`, `by ${authors}`, `licence ${licence}`, source].join(', ');
}
