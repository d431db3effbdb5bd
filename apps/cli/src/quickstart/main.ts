import { Command, CommanderError } from 'commander';
import { createContext, untilCtrlC } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { guarded } from '../program.js';
import { exitWritten } from '../terminal/exit-written.js';
import { type QuickstartOptions, quickstart } from './quickstart.js';

/** What scripts/quickstart.mjs starts once everything is installed and built. */
async function main(args: readonly string[]) {
  const program = new Command('quickstart')
    .description('Import pictures, search them once, and leave the page open.')
    .exitOverride()
    .argument('[folder]', 'your pictures; nine sample photos without it')
    .option('--once', 'stop after the search', false)
    .option('--json', 'print only the answer of the search, as JSON', false);
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    throw error;
  }
  const startedAt = Number(process.env.QUICKSTART_STARTED_AT) || Date.now();
  const options = program.opts<Omit<QuickstartOptions, 'folder'>>();
  return untilCtrlC((stopped) =>
    quickstart(createContext(stopped), { ...options, folder: program.args[0], startedAt }),
  );
}

void guarded(false, () => main(process.argv.slice(2))).then(exitWritten);
