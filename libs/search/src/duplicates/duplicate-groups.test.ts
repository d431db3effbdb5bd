import fc from 'fast-check';
import {
  COPY_LINKS_TOPIC,
  type CopyLink,
  type DecidedImage,
  DUPLICATE_DECISIONS_TOPIC,
  type DuplicateDecision,
  encodeCopyLinks,
  encodeDuplicateDecision,
  type ImageId,
  parseImageId,
} from '#core';
import { MemoryEventLog, testSeed } from '#testkit';
import { DuplicateGroups } from './duplicate-groups.js';

const sha = (picture: number) => String(picture).padStart(64, '0');
const id = (image: number | string) => parseImageId(String(image));

describe('duplicate groups', () => {
  let log: MemoryEventLog;
  let groups: DuplicateGroups;

  beforeEach(async () => {
    log = await emptyLog();
    groups = new DuplicateGroups({ log, file: '' });
  });
  afterEach(() => groups.close());

  const decide = (decision: DuplicateDecision) =>
    log.append(DUPLICATE_DECISIONS_TOPIC, [encodeDuplicateDecision(decision)]);
  const settle = (decision: string, kind: 'keep' | 'not-a-duplicate', ...images: readonly DecidedImage[]) =>
    decide({ id: decision, kind, images, by: null, atMs: 1 });
  const shown = async () => {
    await groups.catchUp();
    return shownBy(groups);
  };

  test('have a representative, the largest, with which each member is linked itself', async () => {
    // 1 – 2 – 3: the second is the largest; 4 hangs on to the third alone.
    await compare(log, image(1, 1, { width: 10 }), image(2, 2, { width: 40 }, 1));
    await compare(log, image(3, 3, { width: 30 }, 2), image(4, 4, { width: 20 }, 3));
    expect(await shown()).toEqual([['2', '3', '1']]);
    await compare(log, image(5, 5, { width: 5 }, 4));
    expect(await shown()).toEqual([
      ['2', '3', '1'],
      ['4', '5'],
    ]);
  });

  test('have images with the same bytes without a link', async () => {
    await compare(log, image('a', 1), image('b', 2), image('c', 1, { eventTimeMs: 5 }));
    expect(await shown()).toEqual([['a', 'c']]);
  });

  test('follow what comes, changes and goes', async () => {
    await compare(log, image(1, 1, { width: 20 }), image(2, 2, {}, 1));
    expect(await shown()).toEqual([['1', '2']]);
    await compare(log, image(1, 7));
    expect(await shown()).toEqual([]);
    await compare(log, image(3, 1, { width: 20 }));
    expect(await shown()).toEqual([['3', '2']]);
    await log.append(COPY_LINKS_TOPIC, [encodeCopyLinks({ imageId: id(2), picture: null })]);
    expect(await shown()).toEqual([]);
  });

  test('leave out what was settled, which no rebuilding brings back, until it is undone', async () => {
    await compare(log, image(1, 1, { width: 20 }), image(2, 2, {}, 1), image(3, 3, {}, 1));
    await settle('first', 'not-a-duplicate', { imageId: id(1), sha256: sha(1) }, { imageId: id(2), sha256: sha(2) });
    expect(await shown()).toEqual([['1', '3']]);
    // Found again, by another image with those bytes too.
    await compare(log, image(2, 2, {}, 1), image(4, 2, {}, 1));
    expect(await shown()).toEqual([
      ['1', '3'],
      ['2', '4'],
    ]);
    await decide({ id: 'second', kind: 'undo', decision: 'first', restored: [], by: null, atMs: 2 });
    expect(await shown()).toEqual([['1', '2', '4', '3']]);
  });

  test('say which pictures were told apart, and not which are kept as copies', async () => {
    await compare(log, image(1, 1), image(2, 2, {}, 1), image(3, 3, {}, 1), image(4, 4, {}, 1), image(5, 1));
    const named = (...of: readonly (readonly [name: number, picture: number])[]) =>
      of.map(([name, picture]) => ({ imageId: id(name), sha256: sha(picture) }));
    await settle('first', 'not-a-duplicate', ...named([1, 1], [2, 2], [5, 1]));
    await settle('second', 'not-a-duplicate', ...named([1, 1], [3, 3]));
    await settle('third', 'keep', ...named([1, 1], [4, 4]));
    await groups.catchUp();
    expect(await groups.toldApartFrom(sha(1))).toEqual(new Set([sha(2), sha(3)]));
    expect(await groups.toldApartFrom(sha(2))).toEqual(new Set([sha(1)]));
    expect(await groups.toldApartFrom(sha(9))).toEqual(new Set());
    await decide({ id: 'fourth', kind: 'undo', decision: 'first', restored: [], by: null, atMs: 2 });
    expect(await groups.toldApartFrom(sha(1))).toEqual(new Set([sha(3)]));
  });

  test('say nothing of a settled image once its picture is another one', async () => {
    await compare(log, image(1, 1, { width: 20 }), image(2, 2, {}, 1));
    await settle('first', 'keep', { imageId: id(1), sha256: sha(1) }, { imageId: id(2), sha256: sha(2) });
    expect(await shown()).toEqual([]);
    await compare(log, image(2, 3, {}, 1));
    expect(await shown()).toEqual([['1', '2']]);
  });

  test('show one of the images with the same bytes that were settled, when another one comes', async () => {
    await compare(log, image('a', 1), image('b', 1), image('c', 1));
    const all = ['a', 'b', 'c'].map((it) => ({ imageId: id(it), sha256: sha(1) }));
    await settle('first', 'keep', ...all);
    expect(await shown()).toEqual([]);
    await compare(log, image('d', 1));
    expect(await shown()).toEqual([['a', 'd']]);
    await settle('second', 'keep', { imageId: id('a'), sha256: sha(1) }, { imageId: id('d'), sha256: sha(1) });
    expect(await shown()).toEqual([]);
    await log.append(COPY_LINKS_TOPIC, [encodeCopyLinks({ imageId: id('a'), picture: null })]);
    expect(await shown()).toEqual([['b', 'd']]);
  });

  test('say how a copy has to be turned, whichever of the two was compared', async () => {
    const turned = (sha256: string): CopyLink => ({ sha256, probability: 0.9, turn: 'rotate-90' });
    await compare(log, image(1, 1, { width: 20 }), { ...image(2, 2), links: [turned(sha(1))] });
    await compare(log, image(3, 3), { ...image(4, 4, { width: 20 }), links: [turned(sha(3))] });
    await groups.catchUp();
    const file = await groups.current();
    expect(file.members(sha(1), 10).map(({ turn, probability }) => [turn, probability])).toEqual([
      [null, null],
      ['rotate-90', 0.9],
    ]);
    expect(file.members(sha(4), 10).at(-1)).toMatchObject({ imageId: '3', turn: 'rotate-270', probability: 0.9 });
  });

  test('are ordered by images or by bytes that would be saved, page by page', async () => {
    for (let at = 0; at < 30; at += 3) {
      await compare(log, image(at, at, { width: 20 }), image(at + 1, at + 1, { sizeBytes: 100 + at }, at));
    }
    await compare(log, image(2, 2, {}, 0));
    await groups.catchUp();
    const file = await groups.current();
    expect(file.totals()).toEqual({ groups: 10, images: 21, savedBytes: 1_135 + 10 });
    for (const order of ['images', 'saved-bytes'] as const) {
      const whole = file.groups(order, 100, null);
      const pages = [];
      for (let after = null; ; ) {
        const page = file.groups(order, 3, after);
        if (page.length === 0) break;
        pages.push(...page);
        after = page.at(-1) ?? null;
      }
      expect(pages).toEqual(whole);
    }
    expect(file.groups('images', 1, null)).toEqual([{ sha256: sha(0), images: 3, savedBytes: 110 }]);
    expect(file.groups('saved-bytes', 1, null)).toEqual([{ sha256: sha(27), images: 2, savedBytes: 127 }]);
  });

  test('are touched only where something has changed', async () => {
    for (let at = 0; at < 1_000; at += 2) await compare(log, image(at, at), image(at + 1, at + 1, {}, at));
    await groups.catchUp();
    const before = groups.grouped;
    await compare(log, image(2_000, 2_000, {}, 500), image(2_001, 2_001));
    await groups.catchUp();
    // The new one with the two that it joins, and the one that is like no other.
    expect(groups.grouped - before).toBe(4);
  });

  test('of very many copies are made step by step, and others have their turn between', async () => {
    const copies = Array.from({ length: 200 }, (_, at) => at);
    for (const at of copies) await compare(log, image(at, at, { width: 300 - at }, ...copies.slice(0, at)));
    let turns = 0;
    let isRead = false;
    const count = () => {
      turns += 1;
      if (!isRead) setImmediate(count);
    };
    setImmediate(count);
    await groups.catchUp();
    isRead = true;
    // 20 records at a time are taken, and then of 25 pictures at a time their links are read.
    expect(turns).toBeGreaterThan(200 / 20 + 200 / 25);
    expect((await groups.current()).totals()).toMatchObject({ groups: 1, images: 200 });
  });

  test('are not shown before the log was read once, and then also while it is away', async () => {
    await compare(log, image(1, 1), image(2, 1));
    const away = Object.assign(new Error('away'), { code: 'log-unavailable' });
    const watermarks = jest.spyOn(log, 'watermarks').mockRejectedValue(away);
    await expect(groups.current()).rejects.toMatchObject({ code: 'overloaded', cause: away });
    watermarks.mockRestore();
    expect((await groups.current()).totals()).toMatchObject({ groups: 1, images: 2 });
    jest.spyOn(log, 'watermarks').mockRejectedValue(away);
    expect((await groups.current()).totals()).toMatchObject({ groups: 1, images: 2 });
  });

  test('are what the log says, however it was read', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const own = await emptyLog();
        const [followed, once] = [
          new DuplicateGroups({ log: own, file: '' }),
          new DuplicateGroups({ log: own, file: '' }),
        ];
        for (const [at, it] of steps.entries()) {
          if (it.do === 'read') await followed.catchUp();
          else await take(own, it, at);
        }
        await followed.catchUp();
        await once.catchUp();
        const found = await shownBy(followed);
        expect(found).toEqual(await shownBy(once));
        expect(inNoOrder(found)).toEqual(inNoOrder(expectedOf(steps)));
        for (const it of [followed, once]) await it.close();
      }),
      { seed: testSeed(), numRuns: 150 },
    );
  });
});

const few = fc.nat(5);
const compared = fc.record({ do: fc.constant('compare' as const), image: few, picture: few, links: fc.array(few) });
const named = fc.uniqueArray(fc.tuple(few, few), { minLength: 2, maxLength: 4 });
const step = fc.oneof(
  compared,
  compared,
  fc.record({ do: fc.constant('delete' as const), image: few }),
  fc.record({ do: fc.constant('settle' as const), kind: fc.constantFrom('keep', 'not-a-duplicate'), images: named }),
  fc.record({ do: fc.constant('undo' as const), step: fc.nat(40) }),
  fc.record({ do: fc.constant('read' as const) }),
);
type Change = Exclude<typeof step extends fc.Arbitrary<infer T> ? T : never, { do: 'read' }>;

/** Decisions are called by the step that makes them. */
async function take(log: MemoryEventLog, change: Change, at: number): Promise<void> {
  const head = { id: `step ${at}`, by: null, atMs: 1 };
  const decide = (it: DuplicateDecision) => log.append(DUPLICATE_DECISIONS_TOPIC, [encodeDuplicateDecision(it)]);
  switch (change.do) {
    case 'compare': {
      const others = change.links.filter((it) => it !== change.picture);
      return compare(log, image(change.image, change.picture, { width: 10 + change.picture }, ...others));
    }
    case 'delete':
      await log.append(COPY_LINKS_TOPIC, [encodeCopyLinks({ imageId: id(change.image), picture: null })]);
      return;
    case 'settle': {
      const images = change.images.map(([name, picture]) => ({ imageId: id(name), sha256: sha(picture) }));
      await decide({ ...head, kind: change.kind, images });
      return;
    }
    case 'undo':
      await decide({ ...head, kind: 'undo', decision: `step ${change.step}`, restored: [] });
  }
}

type Group = readonly string[];

/** The representative's first image, and the others by name. */
function inNoOrder(groups: readonly Group[]): readonly Group[] {
  const sorted = groups.map(([first = '', ...others]): Group => [first, ...others.sort()]);
  return sorted.sort((a, b) => (a.join() < b.join() ? -1 : 1));
}

/** By the words of docs/adr/0031, from the steps alone. */
function expectedOf(steps: readonly (Change | { readonly do: 'read' })[]): readonly Group[] {
  const images = new Map<number, { readonly picture: number; readonly links: readonly number[] }>();
  const decisions = new Map<number, readonly (readonly [name: number, picture: number])[]>();
  for (const [at, it] of steps.entries()) {
    if (it.do === 'compare') images.set(it.image, it);
    if (it.do === 'delete') images.delete(it.image);
    if (it.do === 'settle') decisions.set(at, it.images);
    if (it.do === 'undo') decisions.delete(it.step);
  }
  const settled = [...decisions.values()];
  const isSettled = (a: number, b: number) =>
    settled.some((named) => [a, b].every((picture) => named.some(([, it]) => it === picture)));
  const isLinked = (a: number, b: number) =>
    [...images.values()].some((it) =>
      [
        [a, b],
        [b, a],
      ].some(([from, to]) => it.picture === from && it.links.includes(to as number)),
    );
  const shownOf = (picture: number) => shownImages(picture, images, settled);
  const free = [...new Set([...images.values()].map(({ picture }) => picture))].sort((a, b) => b - a);
  const groups: Group[] = [];
  while (free.length > 0) {
    const first = free.shift() as number;
    const copies = free.filter((it) => isLinked(first, it) && !isSettled(first, it));
    for (const it of copies) free.splice(free.indexOf(it), 1);
    const all = [first, ...copies].flatMap(shownOf);
    if (all.length > 1) groups.push(all);
  }
  return groups;
}

/** Of the images of one picture one for all that are settled among one another, directly or not: the first by name. */
function shownImages(
  picture: number,
  images: ReadonlyMap<number, { readonly picture: number }>,
  settled: readonly (readonly (readonly [name: number, picture: number])[])[],
): readonly string[] {
  const own = [...images].flatMap(([name, it]) => (it.picture === picture ? [name] : [])).sort();
  const sets = own.map((name) => new Set([name]));
  for (const named of settled) {
    const among = own.filter((name) => named.some(([it, of]) => it === name && of === picture));
    const joined = sets.filter((set) => among.some((name) => set.has(name)));
    for (const set of joined) sets.splice(sets.indexOf(set), 1);
    if (joined.length > 0) sets.push(new Set(joined.flatMap((set) => [...set])));
  }
  return sets.map((set) => String(Math.min(...set))).sort();
}

async function emptyLog(): Promise<MemoryEventLog> {
  const log = new MemoryEventLog();
  await log.ensureTopic(COPY_LINKS_TOPIC, { partitions: 3, retention: 'compact' });
  await log.ensureTopic(DUPLICATE_DECISIONS_TOPIC, { partitions: 1, retention: 'forever' });
  return log;
}

interface Facts {
  readonly width?: number;
  readonly sizeBytes?: number;
  readonly eventTimeMs?: number;
}

function image(name: number | string, picture: number, facts: Facts = {}, ...copies: readonly number[]) {
  const { width = 10, sizeBytes = 10, eventTimeMs = 0 } = facts;
  return {
    imageId: id(name) as ImageId,
    version: 0,
    eventTimeMs,
    picture: { sha256: sha(picture), sizeBytes, width, height: 10 },
    links: copies.map((it): CopyLink => ({ sha256: sha(it), probability: 0.99, turn: 'none' })),
  };
}

async function compare(log: MemoryEventLog, ...images: readonly ReturnType<typeof image>[]): Promise<void> {
  await log.append(COPY_LINKS_TOPIC, images.map(encodeCopyLinks));
}

async function shownBy(groups: DuplicateGroups): Promise<readonly (readonly string[])[]> {
  const file = await groups.current();
  return file.groups('images', 100, null).map((it) => file.members(it.sha256, 100).map(({ imageId }) => imageId));
}
