import { LookalikeError } from './errors.js';
import type { GenerationSchema } from './ports/vector-index.js';

/** The settings that an engine has, each a whole number from the first to the second. */
export type EngineSettings = Readonly<Record<string, readonly [least: number, most: number]>>;

/** @throws `invalid-setting` with the setting, what is allowed and what was found. */
export function checkEngineSettings(settings: GenerationSchema['settings'], known: EngineSettings): void {
  for (const [name, value] of Object.entries(settings)) {
    const range = Object.hasOwn(known, name) ? known[name] : undefined;
    if (range === undefined) {
      const names = Object.keys(known).join(', ');
      throw invalidEngineSetting(name, names === '' ? 'none' : `one of ${names}`, name);
    }
    const [least, most] = range;
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    throw invalidEngineSetting(name, `a whole number from ${least} to ${most}`, value);
  }
}

export function invalidEngineSetting(setting: string, allowed: string, found: unknown): LookalikeError {
  return new LookalikeError(
    'invalid-setting',
    `The setting ${setting} of a generation is ${found}; allowed is ${allowed}.`,
    {
      facts: { setting, allowed, found },
    },
  );
}
