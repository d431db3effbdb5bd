import type { GreyCopy } from '#core';
import { type Alignment, SecondLook } from '#search';
import { seededRandom } from '#testkit';
import { createPreparePicture, DEFAULT_PICTURE_LIMITS, PICTURE_EDITS, type PictureEdit } from '#vision';
import { readPhotos } from './photos.js';
import { type BenchResult, type Figure, figure, quantile, say } from './report.js';

const STRANGERS = Number(process.env.BENCH_STRANGERS ?? 300_000);
/** Of one query, as a search hands them over. */
const CANDIDATES = 50;
/** The threshold lets through one stranger of so many. */
const STRANGERS_FOR_ONE = 100_000;
const AT_ONCE = 4;

const prepare = createPreparePicture({
  rule: { kind: 'short-side-crop', shortSide: 256, crop: 224, kernel: 'cubic' },
  limits: DEFAULT_PICTURE_LIMITS,
});

interface Pictures {
  readonly originals: readonly GreyCopy[];
  readonly edited: ReadonlyMap<PictureEdit, readonly GreyCopy[]>;
}

/** Photos, each in all its edits, against itself and against others: how far apart the scores of copies and strangers are. */
export async function run(): Promise<BenchResult> {
  const pictures = await makePictures();
  say(`${STRANGERS} pairs of strangers`);
  const strangers = lookAtStrangers(pictures);
  const scores = strangers.scores.sort((a, b) => b - a);
  const threshold = scores[Math.floor(scores.length / STRANGERS_FOR_ONE)] ?? Number.NaN;
  say('copies');
  const copies = PICTURE_EDITS.map((edit) => ({ edit, scores: scoresOfCopies(pictures, edit) }));
  const recallOf = (found: readonly number[]) => found.filter((score) => score > threshold).length / found.length;
  const meanRecall = (kind: PictureEdit['kind']) => {
    const recalls = copies.filter(({ edit }) => edit.kind === kind).map((it) => recallOf(it.scores));
    return recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
  };
  return {
    bench: 'second-look',
    setup: `${pictures.originals.length} photos, ${PICTURE_EDITS.length} edits of each, ${scores.length} pairs of strangers, ${CANDIDATES} candidates a query`,
    figures: [
      figure('recall of easy edits', meanRecall('easy'), 'at 1 in 100,000', '≥ 0.99'),
      figure('recall of hard edits', meanRecall('hard'), 'at 1 in 100,000', '≥ 0.95'),
      figure('score that 1 stranger of 100,000 exceeds', threshold, ''),
      ...strangerFigures(scores),
      figure('CPU of a candidate, its share of the query included', strangers.cpuMs, 'ms', '≤ 0.5 ms'),
      figure('time of a candidate, p99', quantile(strangers.timesMs, 0.99), 'ms', '≤ 3 ms'),
    ],
    notes: copies.map(({ edit, scores: found }) => {
      const [least, low, median] = [quantile(found, 0), quantile(found, 0.05), quantile(found, 0.5)];
      const name = `${edit.name} (${edit.kind})`.padEnd(46);
      return `${name} recall ${recallOf(found).toFixed(3)}  min ${least.toFixed(2)}  5 % ${low.toFixed(2)}  median ${median.toFixed(2)}`;
    }),
  };
}

async function makePictures(): Promise<Pictures> {
  const photos = await readPhotos();
  const copiesOf = async (make: (bytes: Buffer) => Promise<Uint8Array>) => {
    const copies: GreyCopy[] = [];
    let next = 0;
    const lane = async () => {
      for (let at = next++; at < photos.length; at = next++) {
        copies[at] = (await prepare(await make(photos[at]?.bytes ?? Buffer.alloc(0)))).greyCopy;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return copies;
  };
  const originals = await copiesOf(async (bytes) => bytes);
  const edited = new Map<PictureEdit, readonly GreyCopy[]>();
  for (const edit of PICTURE_EDITS) {
    say(edit.name);
    edited.set(edit, await copiesOf(edit.apply));
  }
  return { originals, edited };
}

interface Strangers {
  readonly scores: number[];
  readonly timesMs: readonly number[];
  readonly cpuMs: number;
}

/** An edited photo asks, the originals of others answer: which ones is drawn from a fixed seed. */
function lookAtStrangers({ originals, edited }: Pictures): Strangers {
  const random = seededRandom(1);
  const drawn = (length: number) => Math.floor(random() * length);
  const queries = [...edited.values()];
  const [scores, timesMs]: [number[], number[]] = [[], []];
  const before = process.cpuUsage();
  while (scores.length < STRANGERS) {
    const asked = drawn(originals.length);
    const look = new SecondLook(picked(picked(queries, drawn(queries.length)), asked));
    for (let at = 0; at < CANDIDATES; at++) {
      const other = (asked + 1 + drawn(originals.length - 1)) % originals.length;
      const startMs = performance.now();
      scores.push(look.align(picked(originals, other)).score);
      timesMs.push(performance.now() - startMs);
    }
  }
  const { user, system } = process.cpuUsage(before);
  return { scores, timesMs, cpuMs: (user + system) / 1000 / scores.length };
}

function scoresOfCopies({ originals, edited }: Pictures, edit: PictureEdit): readonly number[] {
  return originals.map((original, at): Alignment['score'] => {
    const copy = picked(edited.get(edit) ?? [], at);
    return new SecondLook(copy).align(original).score;
  });
}

function strangerFigures(highestFirst: readonly number[]): readonly Figure[] {
  return [0.01, 0.001, 0.0001, 0.00001, 0].map((share) => {
    const name = share === 0 ? 'the highest' : `${100 - share * 100} %`;
    return figure(`strangers' score, ${name}`, highestFirst[Math.floor(share * highestFirst.length)] ?? Number.NaN, '');
  });
}

function picked<T>(from: readonly T[], at: number): T {
  const found = from[at];
  if (found === undefined) throw new Error(`There is no number ${at} among ${from.length}`);
  return found;
}
