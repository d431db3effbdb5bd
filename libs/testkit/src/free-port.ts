import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Systems give outgoing connections ports from 32,768 (Linux) or 49,152 (others) up. A port of those may be gone by the
 * time a server listens on it, or comes back to it after a stop.
 */
const LOWEST = 16_000;
const HIGHEST = 32_000;
/** Test files that run at the same time do not hear of each other's ports: each of so many workers has its share. */
const WORKERS = 16;
const SHARE = (HIGHEST - LOWEST) / WORKERS;

const lowest = LOWEST + (Number(process.env.JEST_WORKER_ID ?? 0) % WORKERS) * SHARE;
let drawn = Math.floor(Math.random() * SHARE);

/** A port of the loopback address that nobody listens on now, and that nobody else is given here. */
export async function freePort(): Promise<number> {
  for (;;) {
    drawn += 1;
    const port = lowest + (drawn % SHARE);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
