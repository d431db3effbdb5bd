export { BlobCollector, type BlobCollectorOptions } from './blob-collector.js';
export { type CollectBlobsOptions, collectBlobs } from './collect-blobs.js';
export {
  type BlobCount,
  COLLECTION_OUTCOMES,
  type CollectionOutcome,
  type CollectionReport,
} from './collection-report.js';
export { ReferencedBlobs, type ReferencedBlobsOptions } from './referenced-blobs.js';
