import { type Command, Option } from 'commander';
import {
  type ListDecisionsOptions,
  type ListDuplicatesOptions,
  listDecisionsCommand,
  listDuplicatesCommand,
  type ResolveOptions,
  resolveCommand,
  settleCommand,
  undoCommand,
} from './commands/duplicates.js';
import type { Action, ClientOptions } from './context.js';
import { MOST_DECISIONS } from './render/duplicates.js';
import { wholeNumber } from './whole-number.js';

type Options = ClientOptions & { readonly json: boolean };

/** `duplicates …`. */
export function addDuplicates(program: Command, choose: (action: Action) => void, url: () => Option): void {
  const duplicates = program
    .command('duplicates')
    .description('images that are copies of each other, and what to do about them');
  const command = (name: string, description: string) =>
    duplicates
      .command(name)
      .description(description)
      .option('--json', 'answer in JSON, for programs', false)
      .addOption(url());

  command('list', 'groups of them, each with its largest image first')
    .addOption(
      new Option('--order <order>', 'by images of a group, or by the bytes that one of each saves')
        .choices(['images', 'saved-bytes'])
        .default('images'),
    )
    .option('--limit <n>', 'most groups', wholeNumber(1, 10_000), 20)
    .action((options: ListDuplicatesOptions) => choose((context) => listDuplicatesCommand(context, options)));
  for (const [name, description] of [
    ['keep', 'they are copies, and all of them stay: they are not listed again'],
    ['not-a-duplicate', 'they are different pictures: they are not listed again'],
  ] as const) {
    command(name, description)
      .argument('<image...>')
      .action((ids: string[], options: Options) => choose((context) => settleCommand(context, name, ids, options)));
  }
  command('resolve', 'keep one of the images named, or of each group, and delete the others')
    .argument('[image...]')
    .addOption(
      new Option('--keep <rule>', 'the one with the most pixels, the largest file, or the oldest')
        .choices(['resolution', 'bytes', 'date'])
        .default('resolution'),
    )
    .option('--all', 'every group', false)
    .option('--identical', 'with --all: only images with the same bytes', false)
    .option('--yes', 'delete them; without it, say what would be deleted', false)
    .action((ids: string[], options: ResolveOptions) => choose((context) => resolveCommand(context, ids, options)));
  command('decisions', 'what was decided, the last first')
    .option('--limit <n>', 'most decisions', wholeNumber(1, MOST_DECISIONS), 20)
    .action((options: ListDecisionsOptions) => choose((context) => listDecisionsCommand(context, options)));
  command('undo', 'take decisions back; what they deleted is added again')
    .argument('<decisions...>')
    .action((ids: string[], options: Options) => choose((context) => undoCommand(context, ids, options)));
}
