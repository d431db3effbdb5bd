import promises from 'node:fs/promises';
import { resolve } from 'node:path';

/** The paths that are fsynced from now on, in order, until `jest.restoreAllMocks()`. */
export function recordSyncs(): string[] {
  const synced: string[] = [];
  const open = promises.open;
  jest.spyOn(promises, 'open').mockImplementation(async (path, ...rest) => {
    const file = await open(path, ...rest);
    const sync = file.sync.bind(file);
    file.sync = async () => {
      await sync();
      synced.push(resolve(String(path)));
    };
    return file;
  });
  return synced;
}
