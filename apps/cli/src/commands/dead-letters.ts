import type { DeadLetter, LetterState, LettersRequest } from '../api/answers.js';
import type { ApiClient, LetterActedOn, LetterAction } from '../api/api-client.js';
import { UsageError } from '../api/errors.js';
import { type ClientOptions, type Context, createClient } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { renderActedOnAll, renderActedOnEach, renderLetter, renderLetters } from '../render/dead-letters.js';

interface FilterOptions {
  readonly reason?: string;
  readonly image?: string;
  readonly since?: string;
  readonly until?: string;
}

interface Json {
  readonly json: boolean;
}

export interface ListLettersOptions extends ClientOptions, FilterOptions, Json {
  readonly state: LetterState | 'all';
  readonly limit: number;
}

export interface ActCommandOptions extends ClientOptions, FilterOptions, Json {
  readonly yes: boolean;
}

/** The most that one request may ask for. */
const PAGE = 100;

export async function listLettersCommand(context: Context, options: ListLettersOptions): Promise<ExitCode> {
  const { state, limit, json } = options;
  const filter = { ...filterOf(options), ...(state === 'all' ? {} : { state }) };
  const { letters, more } = await pages(createClient(context, options), filter, limit, context.stopped);
  context.print(json ? `${JSON.stringify({ letters, more })}\n` : renderLetters(letters, more, context.style));
  return EXIT.fine;
}

export async function showLetterCommand(
  context: Context,
  id: string,
  options: ClientOptions & Json,
): Promise<ExitCode> {
  const letter = await createClient(context, options).deadLetter(id);
  context.print(options.json ? `${JSON.stringify(letter)}\n` : renderLetter(letter, context.style));
  return EXIT.fine;
}

export async function actCommand(
  context: Context,
  action: LetterAction,
  ids: readonly string[],
  options: ActCommandOptions,
): Promise<ExitCode> {
  const filter = filterOf(options);
  checkSelection(action, ids, options, filter);
  const client = createClient(context, options);
  if (ids.length > 0) {
    const letters = await actOnEach(client, action, ids, context.stopped);
    context.print(options.json ? `${JSON.stringify({ action, letters })}\n` : renderActedOnEach(letters));
  } else {
    const count = await actOnAll(client, action, { ...filter, reason: options.reason ?? '' }, context.stopped);
    context.print(options.json ? `${JSON.stringify({ action, count })}\n` : renderActedOnAll(action, count));
  }
  return EXIT.fine;
}

/** Letters by name, or by what they have in common: what many are done with is not done by mistake. */
function checkSelection(
  action: LetterAction,
  ids: readonly string[],
  { reason, yes }: ActCommandOptions,
  filter: Readonly<Record<string, string>>,
): void {
  const hasFilter = Object.keys(filter).length > 0;
  if (ids.length > 0 && hasFilter) throw new UsageError('Name letters, or say which with options, but not both.');
  if (ids.length > 0) return;
  if (reason === undefined) {
    throw new UsageError('Which letters? Name them by id, or all that have a reason with --reason CODE.');
  }
  if (!yes) {
    const all = `all open letters with the reason ${JSON.stringify(reason)}`;
    throw new UsageError(`This would ${action} ${all}.`, 'See which with: dead-letters list. To do it, add --yes.');
  }
}

async function actOnEach(
  client: ApiClient,
  action: LetterAction,
  ids: readonly string[],
  stopped: AbortSignal,
): Promise<readonly LetterActedOn[]> {
  const letters: LetterActedOn[] = [];
  for (const id of ids) {
    stopped.throwIfAborted();
    letters.push(await client.actOnLetter(id, action));
  }
  return letters;
}

async function actOnAll(
  client: ApiClient,
  action: LetterAction,
  filter: LettersRequest,
  stopped: AbortSignal,
): Promise<number> {
  let done = 0;
  let cursor: string | null = null;
  do {
    stopped.throwIfAborted();
    const { count, next }: { count: number; next: string | null } = await client.actOnLetters(action, {
      ...filter,
      ...(cursor !== null && { cursor }),
    });
    done += count;
    cursor = next;
  } while (cursor !== null);
  return done;
}

/** A page may be empty and have a next one. */
async function pages(
  client: ApiClient,
  filter: Readonly<Record<string, string>>,
  limit: number,
  stopped: AbortSignal,
): Promise<{ readonly letters: readonly DeadLetter[]; readonly more: boolean }> {
  const letters: DeadLetter[] = [];
  let cursor: string | null = null;
  do {
    stopped.throwIfAborted();
    const page: { letters: readonly DeadLetter[]; next: string | null } = await client.deadLetters({
      ...filter,
      limit: Math.min(PAGE, limit - letters.length),
      ...(cursor !== null && { cursor }),
    });
    letters.push(...page.letters);
    cursor = page.next;
  } while (cursor !== null && letters.length < limit);
  return { letters, more: cursor !== null };
}

function filterOf({ reason, image, since, until }: FilterOptions): Record<string, string> {
  return {
    ...(reason !== undefined && { reason }),
    ...(image !== undefined && { imageId: image }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}
