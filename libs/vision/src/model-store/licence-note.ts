import type { ModelFile } from './model-file.js';

/** Whose the weights are, to show wherever they are downloaded or used. */
export function licenceNote(model: Pick<ModelFile, 'file' | 'licence' | 'authors' | 'source' | 'sha256'>): string {
  return [
    `Model:    ${model.file}`,
    `Authors:  ${model.authors}`,
    `Licence:  ${model.licence}`,
    `Source:   ${model.source}`,
    `SHA-256:  ${model.sha256}`,
    '',
  ].join('\n');
}

export function licencePath(modelPath: string): string {
  return `${modelPath}.LICENCE.txt`;
}
