import { type Command, Option } from 'commander';
import {
  type ExportLogOptions,
  exportLogCommand,
  importLogCommand,
  type LogOptions,
  PROFILES,
} from './commands/log.js';
import type { Action } from './context.js';

export function addLog(program: Command, choose: (action: Action) => void): void {
  const log = program.command('log').description('take a collection along: the log as a file, and a file as a log');
  const command = (name: string, description: string) =>
    log
      .command(name)
      .description(description)
      .argument('<file>', '- for a pipe')
      .option('--json', 'answer in JSON, for programs', false)
      .addOption(
        new Option(
          '--profile <profile>',
          "standalone: the data folder's log; cluster: Kafka's (default: by settings)",
        ).choices(PROFILES),
      );
  command('export', 'write the log to a file; standalone must not run meanwhile')
    .option('--without-vectors', 'leave out what encoders made', false)
    .option('--encoder <fingerprint>', 'with the vectors of this encoder, not of the live one', collect, [])
    .action((file: string, { withoutVectors, ...options }: ExportLogOptions & { withoutVectors: boolean }) =>
      choose((context) => exportLogCommand(context, file, { ...options, vectors: !withoutVectors })),
    );
  command('import', 'fill an empty log from such a file; nothing else may use that log meanwhile').action(
    (file: string, options: LogOptions) => choose((context) => importLogCommand(context, file, options)),
  );
}

/** Of an option that may be given several times. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
