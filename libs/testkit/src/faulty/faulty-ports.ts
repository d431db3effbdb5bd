import type { BlobStore, ImageEncoder, VectorIndex } from '#core';
import type { FaultPlan } from './fault-plan.js';
import { type AsyncMethod, injectFaults } from './inject-faults.js';

export function faultyIndex(index: VectorIndex, plan: FaultPlan<AsyncMethod<VectorIndex>>): VectorIndex {
  return injectFaults(index, plan, 'index-unavailable');
}

export function faultyBlobs(blobs: BlobStore, plan: FaultPlan<AsyncMethod<BlobStore>>): BlobStore {
  return injectFaults(blobs, plan, 'storage-unavailable');
}

export function faultyEncoder(encoder: ImageEncoder, plan: FaultPlan<AsyncMethod<ImageEncoder>>): ImageEncoder {
  return injectFaults(encoder, plan, 'encoder-unavailable');
}
