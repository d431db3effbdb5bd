// Writes docs/reference/settings.md from the schema of the settings. Needs the build.
import { writeFileSync } from 'node:fs';
import config from '../dist/libs/config/src/index.js';

writeFileSync(new URL('../docs/reference/settings.md', import.meta.url), config.settingsPage());
