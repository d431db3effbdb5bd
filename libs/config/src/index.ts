export { dataFolderError, modelFileError, modelsFolderError } from './path-settings.js';
export { ROLES, type Role } from './roles.js';
export { MAX_PICTURE_BYTES } from './schema.js';
export {
  describeSettings,
  type Environment,
  loadSettings,
  type SettingDescription,
  type Settings,
} from './settings.js';
export { settingsPage } from './settings-page.js';
