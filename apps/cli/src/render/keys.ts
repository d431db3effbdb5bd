import { type ApiKeyEntry, formatApiKeyEntry } from '#core';

/** Ready to be copied, line by line. */
export function renderNewKey(key: string, entry: ApiKeyEntry): string {
  return [
    'The key, for the client. It is shown this once and kept nowhere:',
    `LOOKALIKE_API_KEY=${key}`,
    '',
    'Its hash, for the server. Further keys follow behind a comma:',
    `LOOKALIKE_API_KEYS=${formatApiKeyEntry(entry)}`,
    '',
  ].join('\n');
}
