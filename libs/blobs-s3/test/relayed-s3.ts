import { randomUUID } from 'node:crypto';
import { DEFAULT_S3_SETTINGS, openS3Blobs, type S3BlobStore, type S3Settings } from '#blobs-s3';
import { HttpRelay, type RelayFault, type S3Server } from '#testkit';

export const PART_BYTES = 5 * 2 ** 20;
export const LIMIT = { maxBytes: 100 * 2 ** 20 };
export const UNAVAILABLE = { code: 'storage-unavailable', canRetry: true };
/** Gives up soon. */
export const QUICK = { retries: 2, connectTimeoutMs: 500, requestTimeoutMs: 1_500, idleTimeoutMs: 800 };

/** Before each test a store of its own, behind a relay. */
export class RelayedS3 {
  prefix = '';
  relay!: HttpRelay;
  store!: S3BlobStore;

  constructor(
    private readonly server: () => S3Server,
    private readonly settings: Partial<S3Settings> = {},
  ) {
    beforeEach(async () => {
      this.prefix = `test-${randomUUID()}`;
      this.relay = await HttpRelay.start(server().where.endpoint);
      this.store = this.open();
    });
    afterEach(async () => {
      await this.store.close();
      await this.relay.stop();
      await server().drop(this.prefix);
    });
  }

  open(more: Partial<S3Settings> = {}): S3BlobStore {
    const { where } = this.server();
    const here = { ...where, endpoint: this.relay.url, partBytes: PART_BYTES, prefix: this.prefix };
    return openS3Blobs({ ...DEFAULT_S3_SETTINGS, ...here, ...this.settings, ...more });
  }

  keyOf(sha256: string): string {
    return `${this.prefix}/${sha256.slice(0, 2)}/${sha256}`;
  }

  entries(): Promise<readonly string[]> {
    return this.server().entries(this.prefix);
  }
}

/** What S3 answers when it refuses. */
export function refusal(status: number, code: string): RelayFault {
  return {
    status,
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>no</Message></Error>`,
  };
}
