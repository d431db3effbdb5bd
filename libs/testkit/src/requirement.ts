import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The project's root: the build lies in `dist`, four folders above this file's output. */
export const PROJECT_ROOT = resolve(__dirname, '../../../..');

/** Photos, models and tools that tests measure with; beside the project, never part of it. */
export const SHARED_FOLDER = resolve(PROJECT_ROOT, '../shared');

/** Where tests keep what is costly to make, such as unpacked models. Safe to delete. */
export const TEST_CACHE_FOLDER = join(PROJECT_ROOT, '.cache');

/**
 * `describe` for tests that need something the machine may lack: without it they are skipped with the reason in their
 * name, and in CI (`CI=true`) they fail.
 */
type Describe = (name: string, body: () => void) => void;

export function describeWith(what: string, isThere: boolean): Describe {
  if (isThere) return describe;
  // Not `describe.skip`, which runs the body, and that may open what is not there.
  if (process.env.CI !== 'true') return (name) => test.skip(`${name} (skipped: needs ${what})`, () => {});
  return (name) => {
    test(`${name} needs ${what}`, () => {
      throw new Error(`CI must have ${what}`);
    });
  };
}

export function describeWithPhotos(name: string, body: () => void): void {
  describeWith('../shared/photos', existsSync(join(SHARED_FOLDER, 'photos/index.csv')))(name, body);
}

export function describeWithModels(name: string, body: () => void): void {
  describeWith('../shared/models', existsSync(join(SHARED_FOLDER, 'models/expected.json')))(name, body);
}
