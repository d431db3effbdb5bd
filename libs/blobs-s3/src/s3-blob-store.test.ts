import { randomUUID } from 'node:crypto';
import { DEFAULT_S3_SETTINGS, openS3Blobs } from '#blobs-s3';
import { blobStoreContract, describeWithS3 } from '#testkit';

describeWithS3('on a server', (s3) => {
  blobStoreContract('S3', async () => {
    const prefix = `test-${randomUUID()}`;
    return {
      store: openS3Blobs({ ...DEFAULT_S3_SETTINGS, ...s3().where, prefix }),
      entries: () => s3().entries(prefix),
      damage: (sha256) => s3().damage(`${prefix}/${sha256.slice(0, 2)}/${sha256}`),
      dispose: () => s3().drop(prefix),
    };
  });
});
