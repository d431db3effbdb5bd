import { IMAGE_EVENTS_TOPIC } from '#core';
import { auditGeneration } from '#pipeline';
import { SCHEMA, SyntheticFold } from './synthetic-fold.js';

/** A process of its own, so that its memory is that of audits alone. Each message runs one. */
async function main([images, missing, tempFolder = '']: readonly string[]): Promise<void> {
  const fold = new SyntheticFold(Number(images), Number(missing));
  process.on('message', async () => {
    const startedAt = performance.now();
    for (const { partition } of await fold.log.watermarks(IMAGE_EVENTS_TOPIC)) {
      for await (const _ of fold.log.read({ topic: IMAGE_EVENTS_TOPIC, partition, from: 0 }));
    }
    for await (const _ of fold.index.scan());
    const generateMs = performance.now() - startedAt;
    const cpuBefore = process.cpuUsage();
    const report = await auditGeneration({
      log: fold.log,
      index: fold.index,
      generation: { name: 'synthetic', schema: SCHEMA },
      tempFolder,
      vectors: 0,
      waitMs: 0,
    });
    const { user, system } = process.cpuUsage(cpuBefore);
    process.send?.({ report, generateMs, cpuS: (user + system) / 1e6, events: fold.events });
  });
  process.send?.({ isReady: true });
}

void main(process.argv.slice(2));
