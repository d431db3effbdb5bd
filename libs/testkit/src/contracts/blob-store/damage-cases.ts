import type { BlobStoreUnderTest } from './blob-store-under-test.js';
import { LIMIT, pseudoRandom } from './bytes.js';

export function damageCases(made: () => BlobStoreUnderTest): void {
  const store = () => made().store;

  const LENGTH = 300_000;
  const damagedBlob = async (): Promise<string> => {
    const { sha256 } = await store().put(pseudoRandom(LENGTH), LIMIT);
    await made().damage?.(sha256);
    return sha256;
  };

  test('are not read', async () => {
    const sha256 = await damagedBlob();
    await expect(store().read(sha256, LIMIT)).rejects.toMatchObject({ code: 'blob-damaged', canRetry: false });
  });

  test('end a stream with an error before its last byte', async () => {
    const sha256 = await damagedBlob();
    let handedOut = 0;
    const reading = async () => {
      for await (const chunk of (await store().open(sha256)).stream) handedOut += chunk.length;
    };
    await expect(reading()).rejects.toMatchObject({ code: 'blob-damaged' });
    expect(handedOut).toBeLessThan(LENGTH);
  });

  test('are mended by putting the blob again', async () => {
    const sha256 = await damagedBlob();
    await store().put(pseudoRandom(LENGTH), LIMIT);
    expect(await store().read(sha256, LIMIT)).toHaveLength(LENGTH);
  });
}
