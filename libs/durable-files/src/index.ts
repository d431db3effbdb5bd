export { makeDurableFolder, syncFolder } from './folders.js';
export { isRunning, PROCESS_MARK } from './process-mark.js';
export { replaceFile } from './replace-file.js';
export { isSystemError, storageError, systemCodeOf } from './storage-error.js';
