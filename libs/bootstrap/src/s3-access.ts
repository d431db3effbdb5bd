import type { S3Access } from '#blobs-s3';
import type { Settings } from '#config';

/** Where S3 is and who asks it, for all that is asked of it. */
export function s3Access({ endpoint, region, addressing, ...s3 }: Settings['s3']): S3Access {
  const { accessKeyId, secretAccessKey, sessionToken } = s3;
  return {
    ...(endpoint !== null && { endpoint }),
    ...(region !== null && { region }),
    ...(accessKeyId !== null &&
      secretAccessKey !== null && {
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== null && { sessionToken }) },
      }),
    ...(addressing !== 'auto' && { pathStyle: addressing === 'path' }),
  };
}
