import { describeSettings } from '#config';
import type { Context } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { renderSettings } from '../render/settings.js';

export function configCommand({ print, style }: Context, { json }: { readonly json: boolean }): ExitCode {
  const settings = describeSettings();
  print(json ? `${JSON.stringify(settings)}\n` : renderSettings(settings, style));
  return EXIT.fine;
}
