import { checkEngineSettings, type EngineSettings, type GenerationSchema, invalidEngineSetting } from '#core';
import type { QdrantSettings } from './qdrant-settings.js';

/** What a generation may have otherwise than the process that makes it. */
const SETTINGS: EngineSettings = {
  'hnsw-m': [4, 256],
  'hnsw-ef-construct': [4, 10_000],
  shards: [1, 64],
  'replication-factor': [1, 16],
  'write-consistency-factor': [1, 16],
  segments: [1, 64],
};

/** Of the process's settings those that a collection is made with. */
export type OfCollections = Pick<
  QdrantSettings,
  'hnswM' | 'hnswEfConstruct' | 'shards' | 'replicationFactor' | 'writeConsistencyFactor' | 'expectedImages'
>;

/** @throws `invalid-setting`. */
export function generationSettings(settings: GenerationSchema['settings'], ofProcess: OfCollections): OfCollections {
  checkEngineSettings(settings, SETTINGS);
  const replicationFactor = settings['replication-factor'] ?? ofProcess.replicationFactor;
  const writeConsistencyFactor = settings['write-consistency-factor'] ?? ofProcess.writeConsistencyFactor;
  if (writeConsistencyFactor > replicationFactor) {
    const allowed = `at most the replication-factor, which is ${replicationFactor}`;
    throw invalidEngineSetting('write-consistency-factor', allowed, writeConsistencyFactor);
  }
  return {
    hnswM: settings['hnsw-m'] ?? ofProcess.hnswM,
    hnswEfConstruct: settings['hnsw-ef-construct'] ?? ofProcess.hnswEfConstruct,
    shards: settings.shards ?? ofProcess.shards,
    replicationFactor,
    writeConsistencyFactor,
    expectedImages: ofProcess.expectedImages,
  };
}
