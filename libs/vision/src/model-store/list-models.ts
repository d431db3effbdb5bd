import { join } from 'node:path';
import { checkFile } from './check-file.js';
import type { ModelFile } from './model-file.js';
import { partialSize } from './part-file.js';

export interface ListedModel {
  readonly model: ModelFile;
  readonly path: string;
  /**
   * `verified`: there, and its bytes are the model's. `mismatched`: there, and they are not. `partial`: a download
   * that can go on. `missing`: nothing.
   */
  readonly state: 'verified' | 'mismatched' | 'partial' | 'missing';
  /** Of what is there: the file, or the partial download. */
  readonly foundBytes: number;
}

/** What of these models is in the folder. Reads every file that is there, to verify it. */
export async function listModels(folder: string, models: readonly ModelFile[]): Promise<readonly ListedModel[]> {
  const listed: ListedModel[] = [];
  for (const model of models) {
    const path = join(folder, model.file);
    listed.push({ model, path, ...(await stateOf(path, model)) });
  }
  return listed;
}

async function stateOf(path: string, model: ModelFile): Promise<Pick<ListedModel, 'state' | 'foundBytes'>> {
  const check = await checkFile(path, model);
  if (check.state !== 'missing') return { state: check.state, foundBytes: check.sizeBytes };
  const foundBytes = await partialSize(path);
  return { state: foundBytes > 0 ? 'partial' : 'missing', foundBytes };
}
