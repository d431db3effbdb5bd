import { describeSettings } from './settings.js';

/** `docs/reference/settings.md`, written by `scripts/write-settings-page.mjs`. */
export function settingsPage(): string {
  const rows = describeSettings({}).map(
    (it) =>
      `| \`${it.env}\` | ${it.doc} | ${it.allowed} | ${it.default.includes(' ') ? it.default : `\`${it.default}\``} |`,
  );
  return [
    '# Settings',
    '',
    '<!-- Written by scripts/write-settings-page.mjs; a test compares. -->',
    '',
    'Settings are environment variables, read once at the start. One that is set to nothing counts as not set. A wrong',
    'value, or a name that starts with `LOOKALIKE_` and is not in this table, stops the start with a message that names it.',
    '',
    '| variable | what it sets | allowed | default |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
