import type { Settings } from '#config';

/** The part of the settings that searching reads. */
export interface QuerySettings {
  readonly server: Pick<Settings['server'], 'maxUploadBytes' | 'maxUploadsAtOnce'>;
  readonly search: Settings['search'];
}
