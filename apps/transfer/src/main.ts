#!/usr/bin/env node
import { pino } from 'pino';
import { loadSettings } from '#config';
import { isLookalikeError } from '#core';
import type { TransferMessage, TransferRequest } from './messages.js';
import { transfer } from './transfer.js';

/**
 * A process for one export or import: the command that starts it knows no adapter, and a log may be large enough to want a
 * memory of its own. What comes of it goes to whoever started it, over IPC.
 */
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
process.on('disconnect', () => {
  // Who started it did not wait for it to end in good order.
  if (stop.signal.aborted) process.exit(130);
  stop.abort();
});

void run().then((message) => {
  const end = () => process.exit(message.type === 'done' ? 0 : 1);
  if (process.connected) process.send?.(message, end);
  else end();
});

async function run(): Promise<TransferMessage> {
  try {
    const request = JSON.parse(process.argv[2] ?? '') as TransferRequest;
    const settings = loadSettings();
    const logger = pino({ level: settings.logging.level }, pino.destination(process.stderr.fd));
    const send = (message: TransferMessage) => void process.send?.(message);
    return { type: 'done', result: await transfer(request, { settings, logger, send, signal: stop.signal }) };
  } catch (error) {
    if (stop.signal.aborted) return { type: 'stopped' };
    if (isLookalikeError(error)) return { type: 'failed', code: error.code, message: error.message };
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return { type: 'failed', code: 'internal', message: error instanceof Error ? error.message : String(error) };
  }
}
