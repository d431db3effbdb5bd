import { dataFolderError, type Settings } from '#config';
import { isSystemError, makeDurableFolder, storageError } from '#durable-files';

/** Before anything is opened in it, so that a path that cannot be a folder is told by the name of its setting. */
export async function makeDataFolder(settings: Pick<Settings, 'storage'>): Promise<void> {
  try {
    await makeDurableFolder(settings.storage.dataFolder);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw dataFolderError(settings, error.code) ?? storageError('The data folder', error);
  }
}
