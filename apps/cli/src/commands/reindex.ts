import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { GenerationProgress, Profile, ReindexAnswer, StartReindex } from '../api/answers.js';
import type { ApiClient, ReindexAction } from '../api/api-client.js';
import { UsageError } from '../api/errors.js';
import { type ClientOptions, type Context, createClient } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { renderPlan, renderReindex } from '../render/reindex.js';
import { createProgress, type Progress, withProgress } from '../terminal/progress.js';
import { printable } from '../terminal/text.js';

interface Json {
  readonly json: boolean;
}

export interface StartReindexOptions extends ClientOptions, Json {
  readonly encoder?: string;
  readonly profile?: Profile['kind'];
  readonly components?: number;
  readonly indexSetting: readonly string[];
  readonly switch: boolean;
  readonly dryRun: boolean;
  readonly watch: boolean;
}

export interface WatchOptions extends ClientOptions, Json {
  readonly watch: boolean;
}

export interface SwitchOptions extends ClientOptions, Json {
  readonly force: boolean;
}

const WATCH_MS = 1_000;
/** What takes effect a moment later is waited for. */
const WAITED_FOR: ReadonlySet<ReindexAction> = new Set(['switch', 'rollback', 'verify']);
/** A server that restarts meanwhile is waited for. */
const PATIENCE_MS = 120_000;

/** What is shown while a generation is being built, and what of it is counted. */
const LABELS: Readonly<Record<string, string>> = {
  fitting: 'Fitting the projection',
  creating: 'Making the generation',
  embedding: 'Embedding',
  indexing: 'Indexing',
  'building-graph': 'Building the graph',
  verifying: 'Verifying',
  switching: 'Switching',
};

export async function startReindexCommand(context: Context, options: StartReindexOptions): Promise<ExitCode> {
  const request: StartReindex = {
    ...(options.encoder !== undefined && { encoder: await encoderOf(options.encoder) }),
    ...(options.profile !== undefined && { profile: options.profile }),
    ...(options.components !== undefined && { components: options.components }),
    settings: settingsOf(options.indexSetting),
    switchWhenVerified: options.switch,
  };
  const client = createClient(context, options);
  if (options.dryRun) {
    const plan = await client.planReindex(request);
    context.print(options.json ? `${JSON.stringify(plan)}\n` : renderPlan(plan, context.style));
    return EXIT.fine;
  }
  const answer = await client.startReindex(request);
  return options.watch ? watch(context, options) : show(context, answer, options);
}

export function reindexStatusCommand(context: Context, options: WatchOptions): Promise<ExitCode> {
  return options.watch ? watch(context, options) : statusOnce(context, options);
}

export async function reindexActionCommand(
  context: Context,
  action: ReindexAction,
  options: ClientOptions & Json,
  force = false,
): Promise<ExitCode> {
  const answer = await createClient(context, options).actOnReindex(action, force);
  return WAITED_FOR.has(action) ? watch(context, options) : show(context, answer, options);
}

/** Until they are gone. */
export async function dropVectorsCommand(
  context: Context,
  fingerprint: string,
  options: ClientOptions & Json,
): Promise<ExitCode> {
  const isGone = ({ unusedVectors }: ReindexAnswer) =>
    !unusedVectors.some(({ encoder, isBeingDropped }) => isBeingDropped && encoder.fingerprint === fingerprint);
  let answer = await createClient(context, options).dropVectors(fingerprint);
  const client = createClient(context, options, PATIENCE_MS);
  await withProgress(createProgress(process.stderr), async (progress) => {
    while (!isGone(answer)) {
      progress.update('Dropping the vectors', 0, null);
      await pause(WATCH_MS, undefined, { signal: context.stopped });
      answer = await client.reindex();
    }
  });
  return show(context, answer, options);
}

async function statusOnce(context: Context, options: ClientOptions & Json): Promise<ExitCode> {
  return show(context, await createClient(context, options).reindex(), options);
}

function show(context: Context, answer: ReindexAnswer, { json }: Json): ExitCode {
  context.print(json ? `${JSON.stringify(answer)}\n` : renderReindex(answer, context.style));
  const isWrong = answer.next?.phase === 'not-verified' || answer.givenUp !== null;
  return isWrong ? EXIT.refused : EXIT.fine;
}

/** Until somebody has to decide, or nothing is being built any more. */
async function watch(context: Context, options: ClientOptions & Json): Promise<ExitCode> {
  const client = createClient(context, options, PATIENCE_MS);
  const answer = await withProgress(createProgress(process.stderr), (progress) =>
    untilDecided(client, progress, context),
  );
  return show(context, answer, options);
}

async function untilDecided(client: ApiClient, progress: Progress, { stopped }: Context): Promise<ReindexAnswer> {
  for (;;) {
    const answer = await client.reindex();
    const moving = [answer.next, answer.previous].find((it) => LABELS[it?.phase ?? ''] !== undefined);
    if (moving == null) return answer;
    const { done, total } = shown(moving);
    const fault = moving.fault === null ? '' : ` (waiting: ${printable(moving.fault.message)})`;
    progress.update(`${LABELS[moving.phase ?? ''] ?? ''}${fault}`, done, total);
    await pause(WATCH_MS, undefined, { signal: stopped });
  }
}

function shown({ phase, done, total, lag, images }: GenerationProgress): { done: number; total: number | null } {
  if (phase === 'embedding' || (phase === 'indexing' && done < total)) return { done, total };
  const there = images === null ? 0 : images.ready + images.failed + images.deleted;
  return phase === 'indexing' ? { done: there, total: there + lag } : { done: there, total: null };
}

/** A shipped encoder goes by its name, one of the user's own as what its file says. */
async function encoderOf(nameOrFile: string): Promise<NonNullable<StartReindex['encoder']>> {
  if (!nameOrFile.endsWith('.json') && !/[/\\]/.test(nameOrFile)) return nameOrFile;
  try {
    return JSON.parse(await readFile(nameOrFile, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : "can't be read";
    throw new UsageError(`The encoder manifest ${JSON.stringify(nameOrFile)} ${why}.`);
  }
}

function settingsOf(texts: readonly string[]): Record<string, number> {
  const settings: Record<string, number> = {};
  for (const text of texts) {
    const [, name, value] = /^([a-z][a-z0-9-]*)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
    if (name === undefined) throw new UsageError(`--index-setting ${JSON.stringify(text)} must be NAME=NUMBER.`);
    settings[name] = Number(value);
  }
  return settings;
}
