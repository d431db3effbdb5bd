import { join } from 'node:path';
import { LookalikeError } from '#core';
import type { Settings } from './settings.js';

/** What no waiting changes: the path that a setting names cannot be what we need there. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'nothing can be made there',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a file has that name',
  EISDIR: 'it is a folder',
  EACCES: 'this user has no right to it',
  EPERM: 'this user has no right to it',
  EROFS: 'the disk there is read-only',
  ENAMETOOLONG: 'the path is too long',
  ELOOP: 'a link in it leads back to itself',
};
const WRITABLE_FOLDER = 'a folder that can be written';

/** By the system's code for a data folder that could not be made: `invalid-setting`, or `null` for what may pass. */
export function dataFolderError({ storage }: Pick<Settings, 'storage'>, systemCode: unknown): LookalikeError | null {
  return pathError('LOOKALIKE_DATA_DIR', storage.dataFolder, WRITABLE_FOLDER, systemCode);
}

/** The same for the models folder; where it is the usual one, the data folder is the setting that is wrong. */
export function modelsFolderError(settings: Pick<Settings, 'storage' | 'encoder'>, systemCode: unknown) {
  const { modelsFolder } = settings.encoder;
  return modelsFolder === join(settings.storage.dataFolder, 'models')
    ? dataFolderError(settings, systemCode)
    : pathError('LOOKALIKE_MODELS_DIR', modelsFolder, WRITABLE_FOLDER, systemCode);
}

/** The same for a model file of the user's own that could not be read. */
export function modelFileError({ encoder }: Pick<Settings, 'encoder'>, systemCode: unknown): LookalikeError | null {
  return pathError('LOOKALIKE_MODEL_FILE', encoder.modelFile ?? '', 'a file that can be read', systemCode);
}

function pathError(setting: string, path: string, wanted: string, systemCode: unknown): LookalikeError | null {
  const reason = typeof systemCode === 'string' ? REASONS[systemCode] : undefined;
  if (reason === undefined) return null;
  return new LookalikeError(
    'invalid-setting',
    `${setting} is ${JSON.stringify(path)}, but must be ${wanted}: ${reason} (${systemCode}).`,
    { facts: { setting, found: path, systemCode } },
  );
}
