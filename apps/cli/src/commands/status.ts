import { type ClientOptions, type Context, createClient } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { renderStatus } from '../render/status.js';

export async function statusCommand(
  context: Context,
  options: ClientOptions & { readonly json: boolean },
): Promise<ExitCode> {
  const status = await createClient(context, options).status();
  context.print(options.json ? `${JSON.stringify(status)}\n` : renderStatus(status, context.style));
  return EXIT.fine;
}
