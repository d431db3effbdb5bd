import type { GenerationSchema } from '#core';
import type { GenerationRole, KnownGeneration } from '#pipeline';
import { PixelEncoder } from '#testkit';

export const SCHEMA: GenerationSchema = {
  log: 'log',
  encoder: new PixelEncoder().info,
  vectors: [],
  attributes: {},
  settings: {},
};

/** One that is filled and waits for nothing. */
export function knownGeneration(
  name: string,
  role: GenerationRole,
  more: Partial<KnownGeneration> = {},
): KnownGeneration {
  return {
    name,
    role,
    schema: SCHEMA,
    source: 'events',
    marks: [],
    startedAtMs: 1,
    by: null,
    paused: false,
    fitted: [],
    created: true,
    loaded: true,
    report: null,
    wanted: 'no',
    ...more,
  };
}
