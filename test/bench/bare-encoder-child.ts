import { createPreparePicture, DEFAULT_PICTURE_LIMITS, readEncoderManifest } from '#vision';
import { FeatureSession } from '../../libs/vision/src/models/feature-session.js';
import { readPhotos } from './photos.js';

/**
 * The model and nothing else: decoded squares that lie ready go through one session, batch by batch, on this process's
 * main thread. Each message runs the whole set once.
 */
async function main([manifestPath = '', modelFile = '', threads, batch, count]: readonly string[]): Promise<void> {
  const manifest = await readEncoderManifest(manifestPath);
  const prepare = createPreparePicture({ rule: manifest.input.resize, limits: DEFAULT_PICTURE_LIMITS });
  const squares: Uint8Array[] = [];
  for (const { bytes } of (await readPhotos()).slice(0, Number(count))) squares.push((await prepare(bytes)).pixels);
  const batchSize = Number(batch);
  const session = await FeatureSession.open({ manifest, modelFile, threads: Number(threads), batchSize });
  process.on('message', async () => {
    const startedAt = performance.now();
    const cpuBefore = process.cpuUsage();
    for (let at = 0; at < squares.length; at += batchSize) await session.encode(squares.slice(at, at + batchSize));
    const { user, system } = process.cpuUsage(cpuBefore);
    process.send?.({
      seconds: (performance.now() - startedAt) / 1000,
      cpuS: (user + system) / 1e6,
      pictures: squares.length,
    });
  });
  process.send?.({ isReady: true });
}

void main(process.argv.slice(2));
