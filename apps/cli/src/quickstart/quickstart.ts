import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { SearchAnswer } from '../api/answers.js';
import { ApiClient } from '../api/api-client.js';
import { UsageError } from '../api/errors.js';
import { importExitCode } from '../commands/import.js';
import { type Context, Interrupted } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { importFolder } from '../import/import-folder.js';
import { walk } from '../import/walk.js';
import { loadCatalogue } from '../models/shipped-models.js';
import { renderImport } from '../render/import.js';
import { renderSearch } from '../render/search.js';
import { startStandalone } from '../standalone/standalone-process.js';
import { createProgress, withProgress } from '../terminal/progress.js';
import { PLAIN } from '../terminal/style.js';
import { count, duration, printable } from '../terminal/text.js';
import { chooseEncoder, isEncoderAskedFor } from './choose-encoder.js';
import { SOUGHT, samplePhotos } from './samples.js';
import { judge, renderVerdict } from './verdict.js';

export interface QuickstartOptions {
  /** The user's pictures; samples without it. */
  readonly folder: string | undefined;
  /** End after the search instead of serving on. */
  readonly once: boolean;
  readonly json: boolean;
  /** When everything began, installing and building included: in another process, so by the wall clock. */
  readonly startedAt: number;
}

/** From nothing to an answer on one's own screen: model, server, pictures, one search. */
export async function quickstart(context: Context, options: QuickstartOptions): Promise<ExitCode> {
  const { settings, say, stopped } = context;
  const steps = stepPrinter(say, 4);
  steps('The model');
  const { name, dataFolder, env } = await chooseEncoder(context, await loadCatalogue(), isEncoderAskedFor());
  say(`  Encoder: ${name}`);

  steps('The server');
  const server = await startStandalone({ settings, env, signal: stopped, log: 'keep' });
  try {
    say(`  Ready at ${server.url}, data in ${resolve(dataFolder)}`);
    const { apiKey } = settings.client;
    const client = new ApiClient(server.url, { signal: stopped, retry: { giveUpAfterMs: 30_000 }, apiKey });
    const isRight = await importAndSearch(context, client, options, steps);
    say(`\nDone in ${duration(Math.max(0, Date.now() - options.startedAt))}.`);
    if (!options.once) await serveOn(context, server);
    return isRight ? EXIT.fine : EXIT.refused;
  } finally {
    await server.stop();
  }
}

type Steps = (title: string) => void;

async function importAndSearch(context: Context, client: ApiClient, options: QuickstartOptions, steps: Steps) {
  const { print, say, style } = context;
  steps('The pictures');
  const { folder, query } = await gatherPictures(context, options.folder);
  await importPictures(context, client, folder);
  const sought = await query(client);

  steps('A search');
  say(`  With a part of ${printable(sought.imageId)}, cut out and recompressed; it is not in the collection itself.\n`);
  const answer = await client.search({ picture: sought.picture }, { include: ['attributes', 'explanation'], limit: 5 });
  if (options.json) print(`${JSON.stringify(answer)}\n`);
  else print(renderSearch(answer, style));
  return announce(context, answer, sought.imageId, options);
}

function announce({ say, style }: Context, answer: SearchAnswer, imageId: string, options: QuickstartOptions): boolean {
  const verdict = judge(answer, imageId, options.folder === undefined);
  say(renderVerdict(verdict, options.json ? PLAIN : style));
  return verdict.isRight;
}

interface Pictures {
  readonly folder: string;
  /** Called when the pictures are searchable. */
  readonly query: (client: ApiClient) => Promise<{ imageId: string; picture: Buffer }>;
}

async function gatherPictures({ settings, say }: Context, folder: string | undefined): Promise<Pictures> {
  const { dataFolder } = settings.storage;
  const query = (source: string) => makeQuery(source, join(dataFolder, 'quickstart-query.jpg'));
  if (folder !== undefined) {
    if (!(await stat(folder).catch(() => null))?.isDirectory()) {
      throw new UsageError(`${JSON.stringify(folder)} is not a folder that can be read.`);
    }
    say(`  From ${printable(folder)}`);
    return {
      folder,
      query: async (client) => {
        const { imageId, path } = await firstReady(folder, client);
        return { imageId, picture: await query(path) };
      },
    };
  }
  const photos = samplePhotos();
  const sought = photos.find(({ name }) => name === SOUGHT);
  if (sought === undefined) {
    throw new UsageError(
      'The sample photos are not installed.',
      'Name a folder of yours: npm run quickstart -- FOLDER',
    );
  }
  const samples = join(dataFolder, 'samples');
  const { makeSamples } = await import('#vision');
  await makeSamples(photos, samples);
  say(`  ${count(photos.length, 'photo')} and four edits of each, in ${resolve(samples)}`);
  return {
    folder: samples,
    query: async () => ({ imageId: `${SOUGHT}/original.jpg`, picture: await query(sought.path) }),
  };
}

async function makeQuery(source: string, target: string): Promise<Buffer> {
  const { makeQueryPicture } = await import('#vision');
  return makeQueryPicture(source, target);
}

async function importPictures({ settings, say, stopped }: Context, client: ApiClient, folder: string): Promise<void> {
  const startedAt = performance.now();
  const { encoder } = await client.status();
  const summary = await withProgress(createProgress(process.stderr), (progress) =>
    importFolder(client, {
      folder,
      prefix: '',
      force: false,
      concurrency: 4,
      maxUploadBytes: settings.server.maxUploadBytes,
      patienceMs: 300_000,
      signal: stopped,
      onProgress: ({ phase, done, total }) =>
        progress.update(phase === 'uploading' ? '  Importing' : '  Making searchable', done, total),
    }),
  );
  // The note on untrained encoders comes with the search.
  say(indented(renderImport(summary, { ...encoder, trained: true }, performance.now() - startedAt, PLAIN)));
  const exitCode = importExitCode(summary);
  if (exitCode === EXIT.interrupted) throw new Interrupted();
  if (exitCode === EXIT.unreachable) throw new Error(`The server went away. ${summary.unreachable}`);
}

async function firstReady(folder: string, client: ApiClient): Promise<{ imageId: string; path: string }> {
  for await (const found of walk(folder)) {
    if (found.kind !== 'file' || /\p{Cc}/u.test(found.relativePath)) continue;
    const image = await client.image(found.relativePath);
    if (image?.state === 'ready') return { imageId: image.imageId, path: found.path };
  }
  throw new UsageError('No picture of the folder could be searched.', 'The reasons are above.');
}

async function serveOn({ say, stopped }: Context, server: { url: string; exited: Promise<unknown> }): Promise<void> {
  say(`Try it with a picture of yours: ${server.url}`);
  say('Ctrl-C stops the server; the data is kept.');
  await server.exited;
  if (!stopped.aborted) throw new Error('The server ended by itself.');
}

function stepPrinter(say: (text: string) => void, last: number): Steps {
  let step = 0;
  return (title) => {
    step += 1;
    say(`\n[${step}/${last}] ${title}`);
  };
}

function indented(text: string): string {
  return text.trimEnd().replaceAll(/^(?=.)/gm, '  ');
}
