import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Model } from './photos.js';

export interface BareRun {
  readonly picturesPerS: number;
  readonly cpuMsPerPicture: number;
}

/** A process that holds the model and the photos as ready squares, idle between runs. */
export class BareEncoder {
  private constructor(private readonly child: ChildProcess) {}

  /** @param count photos in a run. */
  static async start(model: Model, threads: number, batch: number, count: number): Promise<BareEncoder> {
    const args = [model.manifest, model.file, String(threads), String(batch), String(count)];
    const child = fork(join(__dirname, 'bare-encoder-child.js'), args, { execArgv: [] });
    await once(child, 'message');
    return new BareEncoder(child);
  }

  async run(): Promise<BareRun> {
    this.child.send('run');
    const [{ seconds, cpuS, pictures }] = await once(this.child, 'message');
    return { picturesPerS: pictures / seconds, cpuMsPerPicture: (cpuS * 1000) / pictures };
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    await exited;
  }
}
