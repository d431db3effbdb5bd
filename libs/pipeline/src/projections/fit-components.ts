import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { PrincipalComponents } from './principal-components.js';

export interface FitRequest {
  /** Given away: it is empty afterwards. */
  readonly sample: Float32Array;
  readonly size: number;
  readonly components: number;
}

/** As `principalComponents`, in a thread of its own. @throws the signal's reason. */
export function fitComponents(request: FitRequest, signal: AbortSignal): Promise<PrincipalComponents> {
  signal.throwIfAborted();
  const worker = new Worker(join(__dirname, 'fit-worker.js'), {
    workerData: request,
    transferList: [request.sample.buffer as ArrayBuffer],
  });
  const ended = new Promise<PrincipalComponents>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`The thread that fits a projection ended with ${code}.`)));
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return ended.finally(() => worker.terminate());
}
