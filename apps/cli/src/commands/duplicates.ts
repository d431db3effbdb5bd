import { LookalikeError } from '#core';
import type {
  DecidedImage,
  DecisionAnswer,
  DecisionsPage,
  DuplicateGroup,
  DuplicatesPage,
  GroupOrder,
  KeepRule,
  MadeDecision,
} from '../api/answers.js';
import type { ApiClient } from '../api/api-client.js';
import { nullOn, UsageError } from '../api/errors.js';
import { type ClientOptions, type Context, createClient } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { type Resolved, renderDecision, renderDecisions, renderGroups, renderResolved } from '../render/duplicates.js';
import { printable } from '../terminal/text.js';

interface Json {
  readonly json: boolean;
}

export interface ListDuplicatesOptions extends ClientOptions, Json {
  readonly order: GroupOrder;
  readonly limit: number;
}

export interface ListDecisionsOptions extends ClientOptions, Json {
  readonly limit: number;
}

export interface ResolveOptions extends ClientOptions, Json {
  readonly keep: KeepRule;
  readonly all: boolean;
  /** Of all groups only images with the same bytes. */
  readonly identical: boolean;
  readonly yes: boolean;
}

/** The most groups, or decisions, that one request may ask for. */
const PAGE = 100;

export async function listDuplicatesCommand(context: Context, options: ListDuplicatesOptions): Promise<ExitCode> {
  const { order, limit, json } = options;
  const groups: DuplicateGroup[] = [];
  let last: DuplicatesPage | null = null;
  const client = createClient(context, options);
  const read = (from: From) => client.duplicates({ order, limit: Math.min(PAGE, limit), ...from });
  for await (const page of pages(read, context.stopped)) {
    last = page;
    groups.push(...page.groups);
    if (groups.length >= limit) break;
  }
  const { totals, waiting } = last as DuplicatesPage;
  const listed = { totals, waiting, groups: groups.slice(0, limit) };
  context.print(json ? `${JSON.stringify(listed)}\n` : renderGroups(listed, context.style));
  return EXIT.fine;
}

export async function settleCommand(
  context: Context,
  decision: 'keep' | 'not-a-duplicate',
  imageIds: readonly string[],
  options: ClientOptions & Json,
): Promise<ExitCode> {
  const client = createClient(context, options);
  const decided = await client.decide({ decision, images: [...(await seen(client, imageIds))] });
  context.print(options.json ? `${JSON.stringify(decided)}\n` : renderDecision(decided));
  return EXIT.fine;
}

/** Images by name, or every group: what many are deleted by is not done by mistake. */
export async function resolveCommand(
  context: Context,
  imageIds: readonly string[],
  options: ResolveOptions,
): Promise<ExitCode> {
  const { all, identical, yes, json, keep } = options;
  if (all === imageIds.length > 0) throw new UsageError('Name the images of a group, or all groups with --all.');
  if (identical && !all)
    throw new UsageError('--identical goes with --all: images that are named are resolved as they are.');
  const client = createClient(context, options);
  const decide = (images: readonly DecidedImage[]) =>
    client.decide({ decision: 'resolve', keep, images: [...images], ...(yes && { delete: true as const }) });
  const { resolved, fault } = all
    ? await resolveAll(client, decide, identical ? ofSameBytes : (members) => [members], context.stopped)
    : { resolved: summary([await decide(await seen(client, imageIds))]), fault: null };
  // What was deleted before a fault is told all the same.
  if (fault === null || resolved.groups > 0) {
    context.print(json ? `${JSON.stringify(resolved)}\n` : renderResolved(resolved, yes, context.style));
  }
  if (fault !== null) throw fault;
  return resolved.changed > 0 ? EXIT.refused : EXIT.fine;
}

export async function listDecisionsCommand(context: Context, options: ListDecisionsOptions): Promise<ExitCode> {
  const client = createClient(context, options);
  const decisions: MadeDecision[] = [];
  let nextCursor: string | null = null;
  const read = (from: From) => client.decisions({ limit: Math.min(PAGE, options.limit - decisions.length), ...from });
  for await (const page of pages(read, context.stopped)) {
    decisions.push(...page.decisions);
    nextCursor = page.nextCursor;
    if (decisions.length >= options.limit) break;
  }
  const answer: DecisionsPage = { decisions, nextCursor };
  context.print(options.json ? `${JSON.stringify(answer)}\n` : renderDecisions(answer, context.style));
  return EXIT.fine;
}

/**
 * One after another, each printed when it is taken back: where one is refused, those before it are told. Of several, one that was taken
 * back already is passed over, so that the same can be asked for again.
 */
export async function undoCommand(
  context: Context,
  ids: readonly string[],
  options: ClientOptions & Json,
): Promise<ExitCode> {
  const client = createClient(context, options);
  for (const [at, id] of ids.entries()) {
    const left = ids.slice(at + 1);
    try {
      const undoing = client.undoDecision(id);
      const undone = await (ids.length > 1 ? undoing.catch(nullOn('decision-undone')) : undoing);
      if (undone === null) context.say(`${printable(id)} was taken back already.`);
      else context.print(options.json ? `${JSON.stringify(undone)}\n` : renderDecision(undone));
    } catch (error) {
      if (left.length > 0) context.say(`It ended at ${printable(id)}. Not tried: ${left.map(printable).join(' ')}`);
      throw error;
    }
  }
  return EXIT.fine;
}

type Members = DuplicateGroup['members'];

/** Sets of images with the same bytes, of two at least. */
function ofSameBytes(members: Members): readonly Members[] {
  const hashes = new Set(members.map(({ sha256 }) => sha256));
  return [...hashes].map((it) => members.filter(({ sha256 }) => sha256 === it)).filter(({ length }) => length > 1);
}

/**
 * Groups that change meanwhile are left, and told of. Of a group of very many images those that a page shows are resolved.
 * @param partsOf what is decided about by itself of a group's images
 * @returns the fault that ended it, Ctrl-C too, with what was resolved before.
 */
async function resolveAll(
  client: ApiClient,
  decide: (images: readonly DecidedImage[]) => Promise<DecisionAnswer>,
  partsOf: (members: Members) => readonly Members[],
  stopped: AbortSignal,
): Promise<{ readonly resolved: Resolved; readonly fault: unknown }> {
  const decisions: DecisionAnswer[] = [];
  let changed = 0;
  let fault: unknown = null;
  try {
    const read = (from: From) => client.duplicates({ order: 'images', limit: PAGE, ...from });
    for await (const { groups } of pages(read, stopped)) {
      for (const members of groups.flatMap((it) => partsOf(it.members))) {
        stopped.throwIfAborted();
        const images = members.map(({ imageId, sha256 }) => ({ imageId, sha256 }));
        const decision = await decide(images).catch(nullOn('image-changed'));
        if (decision === null) changed += 1;
        else decisions.push(decision);
      }
    }
    stopped.throwIfAborted();
  } catch (error) {
    fault = error;
  }
  return { resolved: summary(decisions, changed), fault };
}

function summary(decisions: readonly DecisionAnswer[], changed = 0): Resolved {
  return {
    groups: decisions.length,
    changed,
    kept: decisions.flatMap(({ kept }) => kept),
    removed: decisions.flatMap(({ removed }) => removed),
    decisions: decisions.flatMap(({ id }) => id ?? []),
  };
}

/** Where a page begins: without a cursor at the beginning. */
interface From {
  readonly cursor?: string;
}

/** Until there are no more, or it is stopped. */
async function* pages<Page extends { readonly nextCursor: string | null }>(
  read: (from: From) => Promise<Page>,
  stopped: AbortSignal,
): AsyncGenerator<Page> {
  let cursor: string | null = null;
  do {
    const page: Page = await read(cursor === null ? {} : { cursor });
    yield page;
    cursor = page.nextCursor;
  } while (cursor !== null && !stopped.aborted);
}

/** With the pictures that they have now, so that nothing is decided about one that comes meanwhile. */
async function seen(client: ApiClient, imageIds: readonly string[]): Promise<readonly DecidedImage[]> {
  if (imageIds.length < 2) throw new UsageError('Name at least two images.');
  const images: DecidedImage[] = [];
  for (const imageId of imageIds) {
    const sha256 = (await client.image(imageId))?.sha256;
    if (sha256 === undefined)
      throw new LookalikeError('image-unknown', `There is no image ${JSON.stringify(imageId)}.`);
    images.push({ imageId, sha256 });
  }
  return images;
}
