import type { SettingDescription } from '#config';
import type { Style } from '../terminal/style.js';
import { printable, table } from '../terminal/text.js';

/** Every setting with its value and where that comes from. */
export function renderSettings(settings: readonly SettingDescription[], style: Style): string {
  const rows = settings.map(({ env, value, isSet, doc }) => [
    env,
    printable(value),
    isSet ? style.green('environment') : style.dim('default'),
    style.dim(doc),
  ]);
  return `${table([['setting', 'value', 'from', ''].map(style.bold), ...rows])}\n`;
}
