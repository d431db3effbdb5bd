export { type DownloadProgress, type DownloadTimeouts, type EnsureModelOptions, ensureModel } from './ensure-model.js';
export { licenceNote } from './licence-note.js';
export { type ListedModel, listModels } from './list-models.js';
export type { ModelFile } from './model-file.js';
