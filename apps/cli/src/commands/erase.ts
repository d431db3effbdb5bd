import { parseImageId } from '#core';
import { UsageError } from '../api/errors.js';
import { type ClientOptions, type Context, createClient } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { renderErasure } from '../render/erase.js';
import { whileWorking } from '../terminal/progress.js';

export interface EraseCommandOptions extends ClientOptions {
  /** Seconds. */
  readonly wait: number;
  readonly yes: boolean;
  readonly json: boolean;
}

/** Ends with 1 while something is left to be done, or readable. */
export async function eraseCommand(context: Context, imageId: string, options: EraseCommandOptions): Promise<ExitCode> {
  if (!options.yes) {
    throw new UsageError(`This would erase ${imageId} for good.`, 'Nothing brings it back. To do it, add --yes.');
  }
  parseImageId(imageId);
  const client = createClient(context, options);
  const erasure = await whileWorking('Erasing', (onWorking) => client.eraseImage(imageId, options.wait, onWorking));
  context.print(options.json ? `${JSON.stringify(erasure)}\n` : renderErasure(erasure, context.style));
  const isLeft = erasure.waitingFor.length > 0 || erasure.remains.some(({ goneAtMs }) => goneAtMs === null);
  return isLeft ? EXIT.refused : EXIT.fine;
}
