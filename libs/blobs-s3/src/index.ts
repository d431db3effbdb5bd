export { openS3Blobs, type S3BlobStore } from './s3-blob-store.js';
export { DEFAULT_S3_SETTINGS, type S3Credentials, type S3Settings } from './s3-settings.js';
