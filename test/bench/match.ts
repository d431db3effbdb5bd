import { type Calibration, measureMatches, SecondLooks } from '#search';
import { MemoryBlobStore, MemoryVectorIndex, noLinks } from '#testkit';
import { PICTURE_EDITS } from '#vision';
import { readPhotos } from './photos.js';
import { openPooledVgg16 } from './pooled-vgg16.js';
import { type BenchResult, type Figure, figure, say } from './report.js';

/** Fewer for a try. */
const PHOTOS = Number(process.env.BENCH_PHOTOS ?? Number.POSITIVE_INFINITY);
const SAID_EVERY = 500;

type Measured = Calibration['measured'];
type VectorMeasure = Measured['vectors'][number];

/** Photos in all their edits against all originals, as a calibration measures them: how many copies each signal tells, and all together. */
export async function run(): Promise<BenchResult> {
  const measured = await measure();
  const { images, edits, pairs, copiesAmongSample, vectors } = measured;
  const [fc, pooled] = ['fc', 'pooled'].map((name) => vectors.find(({ vector }) => vector === name)) as [
    VectorMeasure,
    VectorMeasure,
  ];
  return {
    bench: 'match',
    setup: `${images} photos, ${edits} edits of each, ${pairs} pairs of strangers (${copiesAmongSample} pairs of copies left out; hash and alignment of the nearest by cosine), VGG16 int8; recall where at most 1 stranger in 1,000,000 passes, by tail and by count`,
    figures: [
      ...recalls('cosine of fc', fc.recallBySignal.cosine),
      ...recalls('cosine of pooled', pooled.recallBySignal.cosine),
      ...recalls('hash', pooled.recallBySignal.hash),
      ...recalls('alignment', pooled.recallBySignal.alignment),
      ...recalls('hash and alignment', pooled.recallWithoutVector),
      ...recalls('all with fc', fc.recall),
      ...recalls('all with pooled', pooled.recall, ['≥ 0.99', '≥ 0.95']),
      figure('strangers above the tail’s 1 in 1,000,000, all with pooled', pooled.falsePairs, 'pairs'),
    ],
    notes: pooled.byEdit.map(({ edit, kind, recall, recallBySignal: { cosine, hash, alignment } }) => {
      const [all, ...alone] = [recall, cosine, hash, alignment].map((it) => it.toFixed(3));
      return `${`${edit} (${kind})`.padEnd(46)} all ${all}  cosine ${alone[0]}  hash ${alone[1]}  alignment ${alone[2]}`;
    }),
  };
}

function recalls(name: string, recall: VectorMeasure['recall'], aims: readonly string[] = []): readonly Figure[] {
  return (['easy', 'hard'] as const).map((kind, at) => figure(`${name}, ${kind} edits`, recall[kind], '', aims[at]));
}

async function measure(): Promise<Measured> {
  const vgg16 = await openPooledVgg16();
  const looks = new SecondLooks({ threads: 1, maxWaiting: 16 });
  try {
    const { encoder, vectors } = vgg16;
    const [index, blobs] = [new MemoryVectorIndex(), new MemoryBlobStore()];
    const schema = { log: 'bench', encoder: encoder.info, vectors, attributes: {}, settings: {}, greyCopies: true };
    await index.createGeneration('photos', schema);
    const photos = (await readPhotos()).slice(0, PHOTOS);
    for (const [at, { name, bytes }] of photos.entries()) {
      await blobs.put(bytes, { maxBytes: bytes.length });
      await index.apply('photos', [await vgg16.record(name, at, bytes)]);
    }
    const { measured } = await measureMatches({
      index,
      generation: { name: 'photos', schema, live: true },
      running: vgg16,
      blobs,
      fetchLink: noLinks,
      maxBytes: Number.MAX_SAFE_INTEGER,
      edits: PICTURE_EDITS,
      looks,
      sample: photos.length,
      precision: 0.99,
      mostLooks: Number.POSITIVE_INFINITY,
      signal: new AbortController().signal,
      onProgress: (done, total) => {
        if (done % SAID_EVERY === 0) say(`${done} of ${total} edited pictures`);
      },
    });
    return measured;
  } finally {
    await looks.close();
    await vgg16.close();
  }
}
