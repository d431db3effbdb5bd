import type { Context } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { startStandalone } from '../standalone/standalone-process.js';

/** Runs the standalone server in the foreground until Ctrl-C. */
export async function upCommand(context: Context): Promise<ExitCode> {
  try {
    return await serve(context);
  } catch (error) {
    // Ctrl-C is how it is stopped, also before it is ready.
    if (context.stopped.aborted) return EXIT.fine;
    throw error;
  }
}

async function serve(context: Context): Promise<ExitCode> {
  const server = await startStandalone({
    settings: context.settings,
    env: {},
    signal: context.stopped,
    log: 'inherit',
  });
  context.say(`lookalike is ready: ${server.url}`);
  context.say('Ctrl-C stops it.');
  const code = await server.exited;
  if (context.stopped.aborted) return EXIT.fine;
  context.say(`The server ended by itself with code ${code}.`);
  return EXIT.refused;
}
