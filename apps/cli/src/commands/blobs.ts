import { type ClientOptions, type Context, createClient } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { renderCollection } from '../render/collection.js';
import { whileWorking } from '../terminal/progress.js';

export interface CollectBlobsCommandOptions extends ClientOptions {
  readonly dryRun: boolean;
  readonly json: boolean;
}

export async function collectBlobsCommand(context: Context, options: CollectBlobsCommandOptions): Promise<ExitCode> {
  const { dryRun, json } = options;
  const client = createClient(context, options);
  const report = await whileWorking('Collecting', (onWorking) => client.collectBlobs(dryRun, onWorking));
  context.print(json ? `${JSON.stringify(report)}\n` : renderCollection(report, context.style));
  return EXIT.fine;
}
