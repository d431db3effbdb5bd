import { readFileSync } from 'node:fs';
import { openLanceIndex } from '#index-lancedb';
import { seededRandom } from '#testkit';

const SEARCHES = 300;

/** A process of its own, so that its memory is that of one graph alone: walks it for random vectors, and tells by how much it grew. */
async function main([folder = '', generation = '', vector = '', size = '0']: readonly string[]): Promise<void> {
  const before = anonymousMb();
  const index = await openLanceIndex({ folder, onBackgroundError: (error) => console.error(error) });
  const random = seededRandom(1);
  for (let at = 0; at < SEARCHES; at++) {
    const query = Float32Array.from({ length: Number(size) }, () => random() - 0.5);
    await index.search({ generation, stages: [{ vector, query, limit: 10, oversampling: 1 }] });
  }
  process.send?.({ grownMb: anonymousMb() - before });
  await index.close();
  process.disconnect();
}

/** Resident memory that no file backs, on Linux; elsewhere NaN. */
function anonymousMb(): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

void main(process.argv.slice(2));
