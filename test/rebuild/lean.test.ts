import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { IMAGE_EVENTS_TOPIC, parseImageId, projectionTopic, type VectorIndex } from '#core';
import { openLanceIndex } from '#index-lancedb';
import { DEFAULT_QDRANT_SETTINGS, openQdrantIndex } from '#index-qdrant';
import { auditGeneration, Generations, inRole, type KnownGeneration } from '#pipeline';
import { ImageSearch, type SearchMode, searchBy, shippedModel, takeLooks } from '#search';
import {
  addedEvent,
  deletedEvent,
  describeWithQdrant,
  eventually,
  MemoryVectorIndex,
  noLinks,
  oneEncoder,
  PixelEncoder,
  plainPicture,
  preparePlainPicture,
  stateOf,
  updatedEvent,
} from '#testkit';
import { EmbedderServer } from '../embedder/embedder-server.js';
import { json, send } from '../ingest/requests.js';
import { guideCommands, typed } from './guide.js';

const IMAGES = 80;
const COMPONENTS = 64;
const PICTURES = Array.from({ length: IMAGES }, (_, at) => plainPicture(`picture ${at}`));
const LIMIT = 5;

interface Opened {
  readonly index: VectorIndex;
  /** Takes away all that is stored. */
  lose(): Promise<void>;
}

/** A reindex to the profile lean and back, on a real index, with changes and searches going on. */
function leanAndBack(open: () => Promise<Opened>): void {
  let opened: Opened;
  let server: EmbedderServer;
  let search: ImageSearch;
  beforeEach(async () => {
    opened = await open();
    server = await new EmbedderServer(opened.index).start();
    for (const it of PICTURES) await server.blobs.put(it, { maxBytes: 1000 });
    await server.log.append(
      IMAGE_EVENTS_TOPIC,
      PICTURES.map((it, at) => addedEvent(`image-${at}`, stateOf(it))),
    );
    await eventually(async () => expect((await status()).live.images.ready).toBe(IMAGES), 60_000);
    search = new ImageSearch({
      index: server.index,
      encoders: oneEncoder(new PixelEncoder(), preparePlainPicture),
      blobs: server.blobs,
      fetchLink: noLinks,
      looks: { look: async (task) => takeLooks(task) },
      models: { modelOf: async (generation, name) => shippedModel(generation.schema.encoder, name) },
      duplicates: { copiesAmong: async () => new Map(), toldApartFrom: async () => new Set() },
      precision: 0.99,
      maxBytes: 1000,
      maxSearches: 4,
      maxWaiting: 20,
      timeoutMs: 10_000,
    });
  });
  afterEach(async () => {
    await server.stop();
    await opened.index.close();
  });

  const status = async () => (await send(`${server.url}/v1/reindex`)).body;
  const post = (path: string, body: unknown = {}) => send(`${server.url}/v1/reindex${path}`, json('POST', body));
  /** Until it is live, or its verification says that it is not fit to be. */
  const isFit = (name: string) =>
    eventually(async () => {
      const { next } = await status();
      if (next?.phase === 'not-verified') return false;
      const live = (await server.index.live())?.name;
      expect(live === name ? live : [live, next]).toBe(name);
      return true;
    }, 60_000);
  /**
   * A graph of so few rows that LanceDB's threads make at once falls apart now and then, so that searches miss a part of it. Its
   * verification tells, and the reindex is begun anew, as an operator would.
   */
  const reindexTo = async (profile: object, tries = 3): Promise<string> => {
    const { body } = await post('', { ...profile, switchWhenVerified: true });
    const name: string = body.next.generation;
    if (await isFit(name)) return name;
    const { next } = await status();
    const failed = next.report.checks.filter(({ passed }: { passed: boolean }) => !passed);
    expect(failed.map(({ name: check }: { name: string }) => check)).toEqual(['recall', 'overlap']);
    expect(tries).toBeGreaterThan(1);
    await post('/cancel');
    await eventually(async () => expect((await status()).next).toBeNull());
    return reindexTo(profile, tries - 1);
  };
  const dropPrevious = async () => {
    await post('/drop');
    await eventually(async () => expect(await server.index.generations()).toHaveLength(1));
  };
  const answers = (mode: SearchMode, at: number) =>
    search.search(searchBy({ by: 'picture', bytes: PICTURES[at] ?? Buffer.alloc(0) }, { mode, limit: LIMIT }));
  const liveGeneration = async (): Promise<KnownGeneration> => {
    const live = inRole(await new Generations(server.log).current(), 'live');
    if (live === null) throw new Error('Nothing is live.');
    return live;
  };
  const verdict = async () => {
    const generation = await liveGeneration();
    const { log, index } = server;
    return (await auditGeneration({ log, index, generation, tempFolder: tmpdir(), vectors: 'all' })).verdict;
  };

  test('searches go on, changes reach it, an audit agrees, and it goes back', async () => {
    const failures: unknown[] = [];
    const answered = new Set<string>();
    let isOver = false;
    const storm = async () => {
      for (let at = 0; !isOver; at++) {
        await answers('balanced', at % IMAGES).then(
          (it) => answered.add(it.generation),
          (error) => failures.push(error),
        );
        await pause(20);
      }
    };
    const searching = storm();
    const { generation: literal } = (await status()).live;
    const lean = await reindexTo({ profile: 'lean', components: COMPONENTS });
    await dropPrevious();
    await server.log.append(IMAGE_EVENTS_TOPIC, [
      deletedEvent('image-0'),
      updatedEvent('image-1', stateOf(PICTURES[2] ?? Buffer.alloc(0))),
    ]);
    await eventually(async () => expect((await status()).live.images.deleted).toBe(1));
    await eventually(async () => expect((await status()).live.lag).toBe(0));
    const [first, second] = (await answers('exact', 2)).results;
    expect([first?.imageId, second?.imageId].sort()).toEqual(['image-1', 'image-2']);
    expect(await verdict()).toBe('clean');
    const back = await reindexTo({ profile: 'literal' });
    await dropPrevious();
    expect(await verdict()).toBe('clean');
    isOver = true;
    await searching;
    expect(failures).toEqual([]);
    expect([...answered].sort()).toEqual([literal, lean, back].sort());
    // The index forgets first, then the log.
    await eventually(() =>
      expect(server.log.topicId(projectionTopic(lean))).rejects.toMatchObject({ code: 'topic-unknown' }),
    );
  }, 120_000);

  test('every mode gives true cosines and says its stages, and every kind of example finds itself', async () => {
    const before = await Promise.all([3, 40, 77].map((at) => answers('exact', at)));
    await reindexTo({ profile: 'lean', components: COMPONENTS });
    for (const [i, at] of [3, 40, 77].entries()) {
      const wanted = before[i]?.results ?? [];
      for (const mode of ['fast', 'balanced', 'exact'] as const) {
        const { results, steps } = await answers(mode, at);
        for (const [rank, { score }] of wanted.entries()) expect(results[rank]?.score).toBeCloseTo(score, 4);
        const walk = { vector: 'fc-coarse', limit: mode === 'fast' ? 50 : 400, exact: false };
        const last = { vector: 'fc', limit: LIMIT + 1, exact: mode === 'exact' };
        const stages = mode === 'exact' ? [last] : [walk, last];
        expect(steps.find(({ name }) => name === 'candidates')).toMatchObject({ stages, images: LIMIT + 1 });
      }
    }
    const byImage = searchBy({ by: 'image', imageId: parseImageId('image-3') }, { withVectors: true, limit: 3 });
    const [near] = (await search.search(byImage)).results;
    const { fc = new Float32Array(), ...others } = near?.vectors ?? {};
    expect([fc.length, others]).toEqual([192, {}]);
    const byVector = await search.search(searchBy({ by: 'vector', values: fc }, { limit: 1 }));
    expect(byVector.results[0]?.score).toBeCloseTo(1, 4);
    const several = {
      ...searchBy({ by: 'vector', values: fc }, { limit: 10, diversity: 0.3 }),
      negatives: [{ by: 'image', imageId: parseImageId('image-9') } as const],
    };
    expect((await search.search(several)).results).toHaveLength(10);
    const half = searchBy({ by: 'vector', values: fc.subarray(0, COMPONENTS) });
    await expect(search.search(half)).rejects.toMatchObject({ code: 'invalid-vector' });
  }, 120_000);

  test('an index that was lost is built again from the log, with the same projection', async () => {
    await reindexTo({ profile: 'lean', components: COMPONENTS });
    await dropPrevious();
    const { schema } = await liveGeneration();
    const wanted = (await answers('balanced', 5)).results.map(({ score }) => score);
    await opened.lose();
    await reindexTo({});
    expect((await liveGeneration()).schema.vectors).toEqual(schema.vectors);
    const found = (await answers('balanced', 5)).results;
    for (const [rank, score] of wanted.entries()) expect(found[rank]?.score).toBeCloseTo(score, 4);
  }, 120_000);
}

test('the commands of the guide change over and go back', async () => {
  const server = await new EmbedderServer(new MemoryVectorIndex()).start();
  try {
    for (const it of PICTURES) await server.blobs.put(it, { maxBytes: 1000 });
    await server.log.append(
      IMAGE_EVENTS_TOPIC,
      PICTURES.map((it, at) => addedEvent(`image-${at}`, stateOf(it))),
    );
    await eventually(async () => expect((await server.index.count()).ready).toBe(IMAGES), 60_000);
    const commands = guideCommands('lean');
    const section = async (heading: string): Promise<string> => {
      let last = '';
      for (const command of commands.get(heading) ?? []) {
        // The encoder of the test has fewer numbers.
        last = await typed(command, { LOOKALIKE_URL: server.url }, { 256: String(COMPONENTS) });
      }
      return last;
    };
    const kind = async () => (await send(`${server.url}/v1/reindex`)).body.live.profile.kind;
    expect([...commands.keys()]).toEqual(['See what it costs', 'Change over', 'Go back']);
    expect(await section('See what it costs')).toMatch(/profile +lean 64; the live generation is literal/);
    expect(await section('Change over')).toContain('lean 64');
    expect(await kind()).toBe('lean');
    await section('Go back');
    expect(await kind()).toBe('literal');
  } finally {
    await server.stop();
  }
}, 120_000);

describe('the profile lean on LanceDB', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-lean-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  leanAndBack(async () => {
    const index = await openLanceIndex({
      folder: join(folder, 'index'),
      onBackgroundError: () => {},
      // So few that there is a graph to walk.
      flatFloats: 1_000,
    });
    return { index, lose: () => rm(join(folder, 'index'), { recursive: true, force: true }) };
  });
});

describeWithQdrant('the profile lean on Qdrant', (qdrant) => {
  let opened = 0;
  leanAndBack(async () => {
    opened += 1;
    const prefix = `lean-${process.pid}-${opened}`;
    const index = openQdrantIndex({ ...DEFAULT_QDRANT_SETTINGS, url: qdrant().url, prefix });
    return { index, lose: () => qdrant().dropCollections(prefix) };
  });
});
