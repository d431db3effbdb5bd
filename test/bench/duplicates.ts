import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import {
  COPY_LINKS_TOPIC,
  encodeVectorRecord,
  type GenerationSchema,
  imageVectorsTopic,
  type LogRecord,
  type ReadyRecord,
} from '#core';
import { openLanceIndex } from '#index-lancedb';
import { createCopyLinksStage } from '#pipeline';
import { CopyFinder, DuplicateGroups, SecondLooks, shippedModel } from '#search';
import { MemoryEventLog, recordsOf } from '#testkit';
import { PICTURE_EDITS, type PictureEdit } from '#vision';
import { readPhotos } from './photos.js';
import { openPooledVgg16, type PooledVgg16 } from './pooled-vgg16.js';
import { type BenchResult, figure, quantile, say } from './report.js';

const IMAGES = Number(process.env.BENCH_IMAGES ?? 20_000);
/** Of these, so many are copies: one for each of as many originals, in each edit in turn. */
const PLANTED = Math.round(IMAGES / 10);
/** Come when all others are there. */
const ADDED = 100;
const GENERATION = 'bench';
const RECORDS_PER_APPLY = 128;
const BATCH = 16;
const AT_ONCE = 8;
/** Pixels on the longer side of a picture that was cut out of a photo. */
const SIDE = 256;
/** Standard deviation of the grey levels: what has less is a piece of sky. */
const LEAST_CONTRAST = 12;

/** Which piece an image is or was made from, and of which photo. */
interface Origin {
  readonly piece: number;
  readonly photo: number;
}
type Origins = ReadonlyMap<string, Origin>;

/** Pieces of photos that have nothing in common, and edited copies of some: which of them the groups of duplicates find. */
export async function run(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'lookalike-bench-'));
  const vgg16 = await openPooledVgg16();
  const index = await openLanceIndex({
    folder,
    indexCacheBytes: 268_435_456,
    onBackgroundError: (error) => console.error(error),
  });
  const looks = new SecondLooks({ threads: 1, maxWaiting: 1_000 });
  const log = new MemoryEventLog();
  const groups = new DuplicateGroups({ log, file: '' });
  try {
    const { records, origins, edits } = await collection(vgg16);
    const { encoder, vectors } = vgg16;
    const schema: GenerationSchema = {
      log: 'bench',
      encoder: encoder.info,
      vectors,
      attributes: {},
      settings: {},
      greyCopies: true,
    };
    await index.createGeneration(GENERATION, schema);
    await index.makeLive(GENERATION);
    const topic = imageVectorsTopic(encoder.info.fingerprint);
    await log.ensureTopic(topic, { partitions: 1, retention: 'compact' });
    await log.ensureTopic(COPY_LINKS_TOPIC, { partitions: 1, retention: 'compact' });
    const finder = new CopyFinder({
      index,
      looks,
      // As the shipped manifest of these layers has it.
      models: { modelOf: async (_, vector) => shippedModel({ fingerprint: '7a4d6bf72df978dd' }, vector) },
      precision: 0.99,
    });
    const { signal } = new AbortController();
    const stage = createCopyLinksStage({
      log: Object.assign(Object.create(log), { committed: async () => new Map([[0, Number.POSITIVE_INFINITY]]) }),
      index,
      generation: { name: GENERATION, schema, live: true },
      findCopies: (generation, record) => finder.find(generation, record, signal),
    });
    const take = async (added: readonly ReadyRecord[]): Promise<readonly number[]> => {
      for (let at = 0; at < added.length; at += RECORDS_PER_APPLY) {
        const some = added.slice(at, at + RECORDS_PER_APPLY);
        await index.apply(GENERATION, some);
        await log.append(topic, some.map(encodeVectorRecord));
      }
      await index.settle(GENERATION);
      const waiting = (await recordsOf(log, topic)).slice(-added.length);
      return compare(waiting, stage);
    };
    const [first, last] = [records.slice(0, -ADDED), records.slice(-ADDED)];
    const msOfEach = await take(first);
    const startedAt = performance.now();
    await groups.catchUp();
    const groupingMs = performance.now() - startedAt;
    const before = groups.grouped;
    const msOfAdded = await take(last);
    await groups.catchUp();
    const touched = groups.grouped - before;
    const found = await scored(groups, origins, edits);
    return {
      bench: 'duplicates',
      setup: `${records.length} pieces of photos, ${edits.size} of them edited copies (${PICTURE_EDITS.length} edits in turn), VGG16 int8 pooled, LanceDB`,
      figures: [
        figure('precision, pairs of different photos', found.precision, ''),
        figure('pieces of one photo taken for copies', found.ofOnePhoto, 'pairs'),
        figure('recall, easy edits', found.recall('easy'), ''),
        figure('recall, hard edits', found.recall('hard'), ''),
        figure('to compare an image, p50', quantile(msOfEach, 0.5), 'ms'),
        figure('to compare an image, p99', quantile(msOfEach, 0.99), 'ms'),
        figure(`to read and group ${first.length} images`, groupingMs / 1000, 's'),
        figure(`to compare ${ADDED} more, each`, quantile(msOfAdded, 0.5), 'ms'),
        figure(`pictures grouped anew for ${ADDED} more`, touched, ''),
      ],
      notes: found.byEdit,
    };
  } finally {
    await groups.close();
    await looks.close();
    await index.close();
    await vgg16.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Milliseconds for each image, as its batch took them. */
async function compare(
  waiting: readonly LogRecord[],
  stage: ReturnType<typeof createCopyLinksStage>,
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let at = 0; at < waiting.length; at += BATCH) {
    const batch = waiting.slice(at, at + BATCH);
    const startedAt = performance.now();
    const effect = await stage(batch);
    await effect(() => true);
    times.push(...batch.map(() => (performance.now() - startedAt) / batch.length));
    if (at % (64 * BATCH) === 0) say(`${at} of ${waiting.length} images compared`);
  }
  return times;
}

interface BenchCollection {
  readonly records: readonly ReadyRecord[];
  readonly origins: Origins;
  /** Of each copy. */
  readonly edits: ReadonlyMap<string, PictureEdit>;
}

/** Originals and copies in no order that helps. */
async function collection(vgg16: PooledVgg16): Promise<BenchCollection> {
  const pieces = await cutOut(IMAGES - PLANTED);
  const origins = new Map(pieces.map(({ photo }, at) => [`piece-${at}`, { piece: at, photo }]));
  const edits = new Map<string, PictureEdit>();
  const pictures = pieces.map(({ bytes }, at) => ({ id: `piece-${at}`, bytes }));
  const step = Math.floor(pieces.length / PLANTED);
  for (let at = 0; at < PLANTED; at++) {
    const [edit, piece] = [PICTURE_EDITS[at % PICTURE_EDITS.length] as PictureEdit, pieces[at * step] as Piece];
    origins.set(`copy-${at}`, { piece: at * step, photo: piece.photo });
    edits.set(`copy-${at}`, edit);
    // Between the others, so that some come before their originals.
    pictures.splice((at * 7919) % pictures.length, 0, { id: `copy-${at}`, bytes: await edit.apply(piece.bytes) });
  }
  const records: ReadyRecord[] = [];
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < pictures.length; at = next++) {
      const { id, bytes } = pictures[at] as { id: string; bytes: Buffer };
      records[at] = await vgg16.record(id, at, bytes);
      if (at % 1_000 === 0) say(`${at} of ${pictures.length} pictures embedded`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return { records, origins, edits };
}

interface Piece {
  readonly photo: number;
  readonly bytes: Buffer;
}

/** So many pieces of photos that do not overlap and are not plain, as large as others. */
async function cutOut(count: number): Promise<readonly Piece[]> {
  const photos = await readPhotos();
  const pieces: Piece[] = [];
  for (const [photo, { bytes }] of photos.entries()) {
    if (pieces.length >= count) break;
    const upright = await sharp(bytes).autoOrient().toColourspace('srgb').toBuffer();
    const { width = 1, height = 1 } = await sharp(upright).metadata();
    const columns = Math.max(2, Math.round(Math.sqrt((1.5 * count * width) / (photos.length * height))));
    const rows = Math.max(2, Math.round((columns * height) / width));
    const size = { width: Math.floor(width / columns), height: Math.floor(height / rows) };
    for (let at = 0; at < columns * rows; at++) {
      const place = { left: (at % columns) * size.width, top: Math.floor(at / columns) * size.height };
      const piece = sharp(upright).extract({ ...place, ...size });
      const { stdev = 0 } = (await piece.clone().greyscale().stats()).channels[0] ?? {};
      if (stdev < LEAST_CONTRAST) continue;
      const bytes = await piece.resize(SIDE, SIDE, { fit: 'inside' }).jpeg({ quality: 92 }).toBuffer();
      pieces.push({ photo, bytes });
    }
  }
  if (pieces.length < count) throw new Error(`There are ${pieces.length} pieces of photos for ${count}.`);
  return pieces.slice(0, count);
}

async function scored(groups: DuplicateGroups, origins: Origins, edits: ReadonlyMap<string, PictureEdit>) {
  const file = await groups.current();
  const found = new Set<string>();
  let [right, wrong, ofOnePhoto] = [0, 0, 0];
  for (const { sha256 } of file.groups('images', IMAGES, null)) {
    const [first, ...others] = file.members(sha256, 100);
    for (const { imageId } of others) {
      const [a, b] = [origins.get(imageId), origins.get(first?.imageId ?? '')];
      const isRight = a?.piece === b?.piece;
      if (isRight) right += 1;
      else if (a?.photo === b?.photo) ofOnePhoto += 1;
      else wrong += 1;
      // Either of the two may be the larger one.
      for (const it of isRight ? [imageId, first?.imageId ?? ''] : []) if (edits.has(it)) found.add(it);
    }
  }
  const recallOf = (isWanted: (edit: PictureEdit) => boolean) => {
    const wanted = [...edits].filter(([, edit]) => isWanted(edit));
    return wanted.filter(([id]) => found.has(id)).length / wanted.length;
  };
  return {
    precision: right / (right + wrong),
    // Halves of one thing, often, each the other's mirror image: which they are is a matter of taste.
    ofOnePhoto,
    recall: (kind: PictureEdit['kind']) => recallOf((it) => it.kind === kind),
    byEdit: PICTURE_EDITS.map(
      (edit) => `${`${edit.name} (${edit.kind})`.padEnd(46)} ${recallOf((it) => it === edit).toFixed(3)}`,
    ),
  };
}
