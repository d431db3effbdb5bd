import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { API_SCOPES, type ApiScope, isApiKeyName, isApiScope } from '#core';
import { CHECKS, LETTER_STATES } from './api/answers.js';
import { type AuditCommandOptions, auditCommand } from './commands/audit.js';
import { type CollectBlobsCommandOptions, collectBlobsCommand } from './commands/blobs.js';
import { type CalibrateCommandOptions, calibrateCommand } from './commands/calibrate.js';
import { configCommand } from './commands/config.js';
import {
  type ActCommandOptions,
  actCommand,
  type ListLettersOptions,
  listLettersCommand,
  showLetterCommand,
} from './commands/dead-letters.js';
import { type EraseCommandOptions, eraseCommand } from './commands/erase.js';
import { type EvaluateCommandOptions, evaluateCommand } from './commands/evaluate.js';
import { type ImportCommandOptions, importCommand } from './commands/import.js';
import { type NewKeyOptions, newKeyCommand } from './commands/keys.js';
import { fetchModelCommand, listModelsCommand } from './commands/models.js';
import {
  dropVectorsCommand,
  reindexActionCommand,
  reindexStatusCommand,
  type StartReindexOptions,
  type SwitchOptions,
  startReindexCommand,
  type WatchOptions,
} from './commands/reindex.js';
import { type SearchCommandOptions, searchCommand } from './commands/search.js';
import { statusCommand } from './commands/status.js';
import { upCommand } from './commands/up.js';
import { type Action, type ClientOptions, createContext, Interrupted, untilCtrlC } from './context.js';
import { addDuplicates } from './duplicates-program.js';
import { EXIT, EXIT_HELP, type ExitCode } from './exit-codes.js';
import { addLog, collect } from './log-program.js';
import { loadCatalogue } from './models/shipped-models.js';
import { explain } from './terminal/explain.js';
import { styleFor } from './terminal/style.js';
import { wholeNumber } from './whole-number.js';

interface Json {
  readonly json: boolean;
}

/** Runs the command line and returns its exit code; whatever goes wrong is explained on stderr. */
export async function runProgram(args: readonly string[]): Promise<ExitCode> {
  return guarded(args.includes('--json'), () =>
    untilCtrlC(async (stopped) => {
      let action: Action | null = null;
      const program = createProgram((chosen) => {
        action = chosen;
      });
      try {
        program.parse(args, { from: 'user' });
      } catch (error) {
        if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
        throw error;
      }
      return action === null ? EXIT.usage : (action as Action)(createContext(stopped));
    }),
  );
}

/** The last place an error comes to. With --json stderr gets it as one line of JSON. */
export async function guarded(json: boolean, work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Interrupted) {
      process.stderr.write('Stopped.\n');
      return EXIT.interrupted;
    }
    const { lines, code, exitCode } = explain(error);
    const style = styleFor(process.stderr);
    const [first = '', ...rest] = lines;
    const text = [style.red(first), ...rest].join('\n');
    process.stderr.write(`${json ? JSON.stringify({ error: { code, message: lines.join('\n') } }) : text}\n`);
    return exitCode;
  }
}

function createProgram(choose: (action: Action) => void): Command {
  const program = new Command('lookalike')
    .description('Find pictures that look alike.')
    .exitOverride()
    .showHelpAfterError('(lookalike --help says more)')
    .addHelpText('after', EXIT_HELP);
  const command = (name: string, description: string) =>
    program.command(name).description(description).option('--json', 'answer in JSON, for programs', false);
  const url = () => new Option('--url <url>', 'the server (default: LOOKALIKE_URL, or http://127.0.0.1:8080)');

  program
    .command('up')
    .description('start the server on this machine and keep it running')
    .action(() => choose(upCommand));

  command('import', 'send every picture below a folder; can be stopped and run again')
    .argument('<folder>')
    .addOption(url())
    .option('--prefix <text>', 'put this before each path to make the id', '')
    .option('--force', 'send unchanged pictures too', false)
    .addOption(new Option('--check <what>', 'pictures that are here under other ids').choices(CHECKS))
    .option('--concurrency <n>', 'pictures sent at the same time', wholeNumber(1, 32), 4)
    .option('--wait <seconds>', 'end when nothing became searchable for so long; 0: do not wait', wholeNumber(0), 300)
    .option('--give-up-after <seconds>', 'wait so long for a server that is away or busy', wholeNumber(0), 120)
    .action((folder: string, options: ImportCommandOptions) =>
      choose((context) => importCommand(context, folder, options)),
    );

  command('search', 'find what looks like a picture, a link, or an image of the collection')
    .argument('<picture|link|id>', 'a path that exists is a picture; else a link, or an id')
    .addOption(url())
    .option('--limit <n>', 'most results', wholeNumber(1, 100), 10)
    .addOption(new Option('--mode <mode>', 'how surely nothing is missed').choices(['fast', 'balanced', 'exact']))
    .option('--min-score <cosine>', 'only with at least this score', share(-1, 1))
    .addOption(
      new Option('--min-match <match>', 'only the picture itself, edited or as it is').choices([
        'same-picture',
        'identical',
      ]),
    )
    .option('--collapse-duplicates', 'one result for each picture')
    .option('--filter <json>', 'only images that it holds for', jsonObject)
    .option('--region <left,top,width,height>', 'search by this part, in shares of the picture', region)
    .option('--id', 'take the argument as an id even if such a file exists, or a link', false)
    .option('--no-pictures', 'show none beside the results, where the terminal can')
    .action((it: string, options: SearchCommandOptions) => choose((context) => searchCommand(context, it, options)));

  command('status', 'what the server holds and how far it is')
    .addOption(url())
    .action((options: ClientOptions & Json) => choose((context) => statusCommand(context, options)));

  addDeadLetters(program, choose, url);
  addDuplicates(program, choose, url);
  addReindex(program, choose, url);
  addLog(program, choose);
  addAudit(command, choose, url);
  addCalibrate(command, choose, url);
  addErase(command, choose, url);
  addEvaluate(command, choose, url);
  addBlobs(program, choose, url);

  const models = program.command('models').description('the encoders there are, with their licences');
  models
    .command('list', { isDefault: true })
    .option('--json', 'answer in JSON, for programs', false)
    .action((options: Json) => choose(async (context) => listModelsCommand(context, await loadCatalogue(), options)));
  models
    .command('fetch')
    .argument('<name>')
    .option('--json', 'answer in JSON, for programs', false)
    .action((name: string, options: Json) =>
      choose(async (context) => fetchModelCommand(context, await loadCatalogue(), name, options)),
    );

  const keys = program.command('keys').description('keys of the REST API');
  keys
    .command('new')
    .description('make a key, and print it with the hash that the server needs; nothing is stored')
    .requiredOption('--scopes <list>', `what it is for, separated by commas: ${API_SCOPES.join(', ')}`, scopes)
    .requiredOption('--name <name>', 'by which logs tell it: 1 to 32 of a-z, 0-9 and -', keyName)
    .option('--json', 'answer in JSON, for programs', false)
    .action((options: NewKeyOptions) => choose((context) => newKeyCommand(context, options)));

  command('config', 'every setting, its value and where that comes from').action((options: Json) =>
    choose((context) => configCommand(context, options)),
  );
  return program;
}

function scopes(text: string): readonly ApiScope[] {
  const names = text.split(',').map((it) => it.trim());
  const known = names.filter(isApiScope);
  if (known.length === names.length) return [...new Set(known)];
  throw new InvalidArgumentError(`There are ${API_SCOPES.join(', ')}.`);
}

function keyName(text: string): string {
  if (isApiKeyName(text)) return text;
  throw new InvalidArgumentError('It must be 1 to 32 of a-z, 0-9 and -, and begin with a letter or a digit.');
}

function addDeadLetters(program: Command, choose: (action: Action) => void, url: () => Option): void {
  const deadLetters = program
    .command('dead-letters')
    .description('events that were set aside, and what to do about them');
  const command = (name: string, description: string) =>
    deadLetters
      .command(name)
      .description(description)
      .option('--json', 'answer in JSON, for programs', false)
      .addOption(url());
  const withFilter = (it: Command) =>
    it
      .option('--reason <code>', 'only those with this reason, such as picture-damaged')
      .option('--image <id>', 'only those of this image')
      .option('--since <time>', 'only those set aside from this time on, such as 2026-01-31T08:00:00Z')
      .option('--until <time>', 'only those set aside before this time');

  withFilter(command('list', 'the newest first'))
    .addOption(
      new Option('--state <state>', 'only those in this state').choices([...LETTER_STATES, 'all']).default('open'),
    )
    .option('--limit <n>', 'most letters', wholeNumber(1, 10_000), 50)
    .action((options: ListLettersOptions) => choose((context) => listLettersCommand(context, options)));
  command('show', 'one of them, with the whole original')
    .argument('<letter>')
    .action((id: string, options: ClientOptions & Json) =>
      choose((context) => showLetterCommand(context, id, options)),
    );
  for (const [name, description] of [
    ['redrive', 'send events again, each with its own version'],
    ['discard', 'be done with them'],
  ] as const) {
    withFilter(command(name, `${description}: those named, or all open ones with a reason`))
      .argument('[letter...]')
      .option('--yes', 'do it to all that --reason names', false)
      .action((ids: string[], options: ActCommandOptions) =>
        choose((context) => actCommand(context, name, ids, options)),
      );
  }
}

function addReindex(program: Command, choose: (action: Action) => void, url: () => Option): void {
  const reindex = program
    .command('reindex')
    .description('build the index again beside the live one, with another encoder or other numbers, and switch to it');
  const command = (name: string, description: string) =>
    reindex
      .command(name)
      .description(description)
      .option('--json', 'answer in JSON, for programs', false)
      .addOption(url());
  const watched = (it: Command) => it.option('--watch', 'go on until somebody has to decide, or it is done', false);

  watched(command('start', 'begin; searches go on in the live one'))
    .option('--encoder <name|file>', 'a shipped encoder or a manifest (default: the live one, whose vectors are there)')
    .addOption(
      new Option(
        '--profile <profile>',
        'what is searched: vectors as they are, or projections of them (default: as before)',
      ).choices(['literal', 'lean']),
    )
    .option('--components <n>', 'numbers of a projection (default: 256)', wholeNumber(64, 1_024))
    .option('--index-setting <name=number>', 'a number of the index engine; may be given several times', collect, [])
    .option('--switch', 'search in it as soon as it is verified', false)
    .option('--dry-run', 'say what it will cost, and start nothing', false)
    .action((options: StartReindexOptions) => choose((context) => startReindexCommand(context, options)));
  watched(command('status', 'the generations of the index, and how far they are')).action((options: WatchOptions) =>
    choose((context) => reindexStatusCommand(context, options)),
  );
  for (const [name, description] of [
    ['pause', 'stop filling the next one; it can go on later'],
    ['resume', 'go on filling it'],
    ['cancel', 'drop the next one'],
    ['verify', 'verify the next one again'],
    ['rollback', 'search in the previous one again'],
    ['drop', 'drop the previous one: there is no step back afterwards'],
  ] as const) {
    command(name, description).action((options: ClientOptions & Json) =>
      choose((context) => reindexActionCommand(context, name, options)),
    );
  }
  command('switch', 'search in the next one, which must be verified')
    .option('--force', 'whatever its verification found', false)
    .action((options: SwitchOptions) =>
      choose((context) => reindexActionCommand(context, 'switch', options, options.force)),
    );
  command('drop-vectors', 'drop the vectors of an encoder that no generation uses any more')
    .argument('<fingerprint>', 'of the encoder, as `status` shows it')
    .action((fingerprint: string, options: WatchOptions) =>
      choose((context) => dropVectorsCommand(context, fingerprint, options)),
    );
}

function addAudit(
  command: (name: string, description: string) => Command,
  choose: (action: Action) => void,
  url: () => Option,
): void {
  command('audit', 'compare the index with the log, image by image')
    .addOption(url())
    .option('--generation <name>', 'a generation, or live, next, previous (default: live)')
    .option('--vectors <n|all>', 'vectors compared, taken at random (default: 1000)', vectorCount)
    .option('--blobs', 'see whether the pictures are there', false)
    .option('--blob-bytes', 'read every picture, and see whether it is what it was', false)
    .option('--repair', 'mend what can be mended', false)
    .option('--wait <seconds>', 'how long to wait for stages that are behind (default: 60)', wholeNumber(0, 3600))
    .option('--even-if-behind', 'compare what there is, also when they still are', false)
    .action((options: AuditCommandOptions) => choose((context) => auditCommand(context, options)));
}

function addCalibrate(
  command: (name: string, description: string) => Command,
  choose: (action: Action) => void,
  url: () => Option,
): void {
  command('calibrate', 'measure on images of the collection how copies are told from strangers, and search by it')
    .addOption(url())
    .option('--sample <n>', 'images taken at random', wholeNumber(50, 1000), 200)
    .option('--dry-run', 'say what is measured, and store nothing', false)
    .action((options: CalibrateCommandOptions) => choose((context) => calibrateCommand(context, options)));
}

function addErase(
  command: (name: string, description: string) => Command,
  choose: (action: Action) => void,
  url: () => Option,
): void {
  command('erase', 'delete an image, and all that a deletion leaves of it')
    .argument('<id>')
    .addOption(url())
    .option('--wait <seconds>', 'how long to wait for the index', wholeNumber(0, 3600), 60)
    .option('--yes', 'do it: nothing brings it back', false)
    .action((id: string, options: EraseCommandOptions) => choose((context) => eraseCommand(context, id, options)));
}

function addEvaluate(
  command: (name: string, description: string) => Command,
  choose: (action: Action) => void,
  url: () => Option,
): void {
  command('evaluate', 'measure how well and how fast the collection finds')
    .addOption(url())
    .option('--queries <folder>', 'search by pictures below it (default: by images of the collection)')
    .option('--prefix <text>', 'what was put before each path when the folder was imported', '')
    .option('--labels <csv>', 'a table with the columns imageId or file, and label')
    .option('--sample <n>', 'most queries, drawn by lot', wholeNumber(1, 10_000), 100)
    .option('--edits <n>', 'pictures of the folder that are edited and searched by; 0: none', wholeNumber(0, 1_000), 10)
    .option('--clients <n>', 'that search at the same time', wholeNumber(1, 64), 8)
    .option('--html <file>', 'write a report with charts too')
    .action((options: EvaluateCommandOptions) => choose((context) => evaluateCommand(context, options)));
}

function addBlobs(program: Command, choose: (action: Action) => void, url: () => Option): void {
  program
    .command('blobs')
    .description('the pictures that are kept')
    .command('collect')
    .description('move aside pictures that nothing refers to, and delete those moved aside before')
    .addOption(url())
    .option('--dry-run', 'say what would be done, and do nothing', false)
    .option('--json', 'answer in JSON, for programs', false)
    .action((options: CollectBlobsCommandOptions) => choose((context) => collectBlobsCommand(context, options)));
}

function vectorCount(text: string): number | 'all' {
  return text === 'all' ? text : wholeNumber(0, 1_000_000)(text);
}

function share(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
  };
}

function jsonObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {}
  throw new InvalidArgumentError('It must be a JSON object.');
}

function region(text: string): object {
  const [left, top, width, height, more] = text.split(',').map(share(0, 1));
  if (height !== undefined && more === undefined) return { left, top, width, height };
  throw new InvalidArgumentError('It must be four numbers from 0 to 1 with commas between.');
}
