import { parentPort, workerData } from 'node:worker_threads';
import type { FitRequest } from './fit-components.js';
import { principalComponents } from './principal-components.js';

/** The thread that fitting blocks for a minute. */
const port = parentPort;
if (!port) throw new Error('fit-worker runs as a worker thread only');
const { sample, size, components } = workerData as FitRequest;
const found = principalComponents(sample, size, components);
port.postMessage(found, [found.components.buffer as ArrayBuffer]);
