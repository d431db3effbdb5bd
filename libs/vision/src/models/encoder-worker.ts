import { parentPort, workerData } from 'node:worker_threads';
import { FeatureSession } from './feature-session.js';
import { type FromWorker, type ToWorker, toPlainError, type WorkerData } from './worker-messages.js';

/** The thread that inference blocks. One batch at a time; the other side sends the next one when it has the answer. */
const port = parentPort;
if (!port) throw new Error('encoder-worker runs as a worker thread only');
const answer = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

void FeatureSession.open(workerData as WorkerData).then(
  (session) => {
    port.on('message', (message: ToWorker) => void take(session, message));
    answer({ kind: 'ready' });
  },
  (error: unknown) => answer({ kind: 'refused', error: toPlainError(error) }),
);

async function take(session: FeatureSession, message: ToWorker): Promise<void> {
  if (message.kind === 'close') {
    await session.close();
    port?.close();
    return;
  }
  try {
    const vectors = await session.encode(message.pictures);
    answer({ kind: 'encoded', vectors }, [vectors.buffer as ArrayBuffer]);
  } catch (error) {
    answer({ kind: 'failed', error: toPlainError(error) });
  }
}
