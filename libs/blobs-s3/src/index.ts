export { openS3Blobs, type S3BlobStore } from './s3-blob-store.js';
export { type ObjectAnswer, S3Objects } from './s3-objects.js';
export { DEFAULT_S3_SETTINGS, type S3Access, type S3Credentials, type S3Settings } from './s3-settings.js';
