import { tmpdir } from 'node:os';
import type { Logger } from 'pino';
import { ensureVectorTopics } from '#bootstrap';
import type { Settings } from '#config';
import type { EncoderInfo, EventLog, VectorIndex } from '#core';
import type { EventLogServer } from '#nest';
import { ensureGeneration, Generations, type KnownGeneration, ReindexDriver, verification } from '#pipeline';
import { type ClosableEncoders, FollowedGenerations } from './followed-generations.js';
import { createStageServer } from './stages.js';

export interface FollowOptions {
  readonly log: EventLog;
  readonly index: VectorIndex;
  /** Of the first generation. */
  readonly named: EncoderInfo;
  /** `null` of a process that does not embed. */
  readonly encoders: ClosableEncoders | null;
  /** Tells apart indexes that are filled from one log. */
  readonly place?: string;
  readonly settings: Settings;
  readonly logger: Logger;
}

export interface Following {
  readonly generations: Generations;
  readonly followed: FollowedGenerations;
  readonly stages: EventLogServer;
}

/** How often a driver looks what is due; a switch waits that long at most. */
const DRIVE_EVERY_MS = 500;
/** Records that a generation may be behind the log when searches are switched to it. */
const MAX_LAG = 100;

/** The live generation, made if there is none yet, and the stages that keep it and others up to date. @throws what keeps them from it. */
export async function followGenerations(options: FollowOptions): Promise<Following> {
  const { log, index, named, encoders, place = '', settings, logger } = options;
  const generations = new Generations(log, place);
  const live = await ensureGeneration({
    log,
    index,
    generations,
    encoder: named,
    attributes: settings.index.attributes,
  });
  warnOfOther(live, options);
  await ensureVectorTopics(log, await generations.current(), settings);
  const driver = new ReindexDriver({
    log,
    index,
    generations,
    place,
    verify: verification({ log, index, tempFolder: tmpdir() }),
    maxLag: MAX_LAG,
    everyMs: DRIVE_EVERY_MS,
    partitions: settings.storage.partitions,
    onStep: (step) => logger.info(step, 'a step of a reindex is done'),
    onFault: (error) =>
      error === null ? logger.info('reindexing goes on') : logger.error({ err: error }, 'reindexing waits'),
  });
  const stages = createStageServer(settings);
  const indexes = settings.embedder.roles.includes('index');
  const followed = new FollowedGenerations({
    log,
    generations,
    stages,
    settings,
    encoders,
    driver: indexes ? driver : null,
    logger,
  });
  await followed.begin();
  return { generations, followed, stages };
}

/** The settings are of the first generation; what has become of it since is a matter of the log. */
function warnOfOther({ schema }: KnownGeneration, { named, settings, logger }: FollowOptions): void {
  if (schema.encoder.fingerprint !== named.fingerprint) {
    logger.warn(
      { live: schema.encoder.name, wanted: named.name },
      'The live generation was made with another encoder than LOOKALIKE_ENCODER names; `lookalike reindex start --encoder` changes it.',
    );
  }
  const [live, wanted] = [attributeList(schema.attributes), attributeList(settings.index.attributes)];
  if (live !== wanted) {
    logger.warn(
      { live, wanted },
      'Filters know other attributes than LOOKALIKE_ATTRIBUTES names; `lookalike reindex start` takes them over.',
    );
  }
}

function attributeList(attributes: Settings['index']['attributes']): string {
  const entries = Object.entries(attributes).map(([name, type]) => `${name}:${type}`);
  return entries.sort().join(',');
}
