import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type EncoderInfo,
  type EventLog,
  encodeVectorRecord,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  parseImageId,
  type VectorIndex,
} from '#core';
import { DEFAULT_QDRANT_SETTINGS, openQdrantIndex } from '#index-qdrant';
import { DEFAULT_KAFKA_SETTINGS, openKafkaLog } from '#log-kafka';
import {
  BatchConsumer,
  createIndexStage,
  embedGroup,
  ensureGeneration,
  indexGroup,
  type KnownGeneration,
} from '#pipeline';
import { addedEvent, KafkaBroker, MemoryVectorIndex, QdrantServer, sha256Of, stateOf } from '#testkit';
import { encoderInfo, readEncoderManifest } from '#vision';
import { clusteredVectors } from './clustered-vectors.js';
import { BULK_LINES, bulk, smallPhoto, UPLOADS, uploads } from './events.js';
import { processUse } from './machine.js';
import { type Model, type Photo, readPhotos, realModel } from './photos.js';
import { type BenchResult, type Figure, figure, say } from './report.js';
import { type ServerChild, startServer } from './server-child.js';

const PARTITIONS = 8;
const RUNS = 3;
const RECORDS = 10_000;
const RECORDS_TO_QDRANT = 2_000;
const VECTOR_SIZE = 4096;
const FLAT_EVENTS = 20_000;
const FLAT_FROM = 2_000;
const POLL_MS = 100;

/**
 * The applications apart, on a broker of one node: what ingest takes, how fast records come from Kafka to the port of the
 * index, how fast one embedder works beside standalone on the same pictures, and whether its memory stays flat.
 */
export async function run(): Promise<BenchResult> {
  const [kafka, qdrant] = [await KafkaBroker.start(), await QdrantServer.start()];
  try {
    const model = await realModel();
    const bench = new KafkaBench(kafka, qdrant, model, encoderInfo(await readEncoderManifest(model.manifest)));
    const figures = [
      ...(await bench.ingest()),
      ...(await bench.indexPipe()),
      ...(await bench.embedders()),
      ...(await bench.flatMemory()),
    ];
    return {
      bench: 'kafka',
      setup: `one broker, ${PARTITIONS} partitions; ${BULK_LINES} NDJSON lines, ${UPLOADS} uploads of 100 kB; ${RECORDS} vector records of ${VECTOR_SIZE}-d; the photos of import`,
      figures,
      notes: [
        `Client, applications, broker and index share the cores. Qdrant is ${process.env.QDRANT_URL ? 'a real server' : 'a stand-in that searches exactly'}.`,
        'Embed stages start with all events in the log, and end when all are committed.',
      ],
    };
  } finally {
    await Promise.all([kafka.remove(), qdrant.remove()]);
  }
}

class KafkaBench {
  constructor(
    private readonly kafka: KafkaBroker,
    private readonly qdrant: QdrantServer,
    private readonly model: Model,
    private readonly encoder: EncoderInfo,
  ) {}

  async ingest(): Promise<Figure[]> {
    say('ingest');
    const photo = await smallPhoto();
    const server = await startServer(this.#env(), undefined, 'ingest');
    try {
      const [lines, pictures]: [number[], number[]] = [[], []];
      for (let at = 0; at < RUNS; at++) {
        lines.push(await bulk(server, photo));
        pictures.push(await uploads(server, photo));
      }
      return [
        figure('ingest: NDJSON bulk', lines, 'lines/s', '≥ 2,000'),
        figure('ingest: POST of a 100 kB picture', pictures, 'requests/s', '≥ 150'),
      ];
    } finally {
      await server.stop();
    }
  }

  async indexPipe(): Promise<Figure[]> {
    say('vector records');
    const log = this.#log();
    const topic = imageVectorsTopic('bench');
    try {
      await log.ensureTopic(topic, { partitions: PARTITIONS, retention: 'compact' });
      await log.ensureTopic(imageVectorsTopic(this.encoder.fingerprint), {
        partitions: PARTITIONS,
        retention: 'compact',
      });
      const written = await this.#writeRecords(log, topic);
      const nullIndex = Object.assign(new MemoryVectorIndex(), {
        apply: async (_: string, records: readonly unknown[]) => ({ applied: records.length, stale: 0 }),
      });
      const generation = await ensureGeneration({ log, index: nullIndex, encoder: this.encoder, attributes: {} });
      const toNothing: number[] = [];
      for (let at = 0; at < RUNS; at++) toNothing.push(await consumed(log, topic, nullIndex, generation, RECORDS));
      const prefix = `bench-${randomUUID().slice(0, 8)}`;
      const index = openQdrantIndex({ ...DEFAULT_QDRANT_SETTINGS, url: this.qdrant.url, prefix });
      try {
        const { name, schema } = generation;
        await index.createGeneration(name, schema);
        const toQdrant = await consumed(log, topic, index, generation, RECORDS_TO_QDRANT);
        return [
          figure('vector records into Kafka', written, 'records/s'),
          figure('index stage from Kafka, null index', toNothing, 'records/s', '≥ 1,500'),
          figure('index stage from Kafka, Qdrant', toQdrant, 'records/s'),
        ];
      } finally {
        await index.close();
        await this.qdrant.dropCollections(prefix);
      }
    } finally {
      await log.close();
    }
  }

  /** Both work off the same backlog, in turn. */
  async embedders(): Promise<Figure[]> {
    const photos = await readPhotos();
    const [apart, alone, firstWork]: [number[], number[], number[]] = [[], [], []];
    for (let at = 0; at < RUNS; at++) {
      say(`embed stages ${at + 1} of ${RUNS}`);
      alone.push(await this.#standalone(photos));
      const { picturesPerS, firstWorkS } = await this.#embedder(photos, at);
      apart.push(picturesPerS);
      firstWork.push(firstWorkS);
    }
    return [
      figure(
        'embedder on Kafka over standalone',
        apart.map((it, at) => it / (alone[at] ?? Number.NaN)),
        '',
        '≥ 0.9',
      ),
      figure('embed stage of standalone', alone, 'pictures/s'),
      figure('embed stage of an embedder', apart, 'pictures/s'),
      figure('embedder: start of the process to first commit', firstWork, 's', '≤ 5 s'),
    ];
  }

  async flatMemory(): Promise<Figure[]> {
    say(`memory over ${FLAT_EVENTS} events`);
    const photo = await smallPhoto();
    const log = this.#log();
    const server = await startServer(this.#env(), undefined, 'ingest');
    const embedder = await startServer(this.#env({ LOOKALIKE_ROLES: 'embed' }), server.dataFolder, 'embedder');
    try {
      await uploads(server, photo);
      const state = stateOf(photo.bytes);
      const rssMb: number[] = [];
      for (let sent = 0; sent < FLAT_EVENTS; sent += 1_000) {
        const events = Array.from({ length: 1_000 }, (_, at) => addedEvent(`flat-${sent + at}`, state));
        await log.append(IMAGE_EVENTS_TOPIC, events);
        await this.#caughtUp(log);
        if (sent + 1_000 >= FLAT_FROM) rssMb.push(processUse(embedder.pid).rssMb);
      }
      const first = rssMb[0] ?? Number.NaN;
      return [
        figure(
          'embedder: memory after 20,000 events over after 2,000',
          (rssMb.at(-1) ?? Number.NaN) / first,
          '',
          '0.9 to 1.1',
        ),
        figure('embedder: memory, largest', Math.max(...rssMb), 'MB'),
      ];
    } finally {
      await embedder.stop();
      await server.stop();
      await log.close();
    }
  }

  async #standalone(photos: readonly Photo[]): Promise<number> {
    const env = { LOOKALIKE_ENCODER: this.model.manifest, LOOKALIKE_MODEL_FILE: this.model.file };
    const taking = await startServer({ ...env, LOOKALIKE_ROLES: 'index' });
    const folder = taking.dataFolder;
    await post(taking, photos);
    await taking.end();
    const working = await startServer({ ...env, LOOKALIKE_ROLES: 'embed' }, folder);
    try {
      const startedAt = performance.now();
      await embedded(working);
      return photos.length / ((performance.now() - startedAt) / 1000);
    } finally {
      await working.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #embedder(photos: readonly Photo[], run: number): Promise<{ picturesPerS: number; firstWorkS: number }> {
    const log = this.#log();
    const server = await startServer(this.#env(), undefined, 'ingest');
    // The log holds what the runs before it were about.
    const idle = await startServer(this.#env({ LOOKALIKE_ROLES: 'embed' }), server.dataFolder, 'embedder');
    await this.#caughtUp(log);
    await idle.end();
    await post(server, photos, `run-${run}-`);
    const startedAt = performance.now();
    const before = await this.#committed(log);
    const embedder = await startServer(this.#env({ LOOKALIKE_ROLES: 'embed' }), server.dataFolder, 'embedder');
    try {
      const readyAt = performance.now();
      while ((await this.#committed(log)) === before) await sleep(POLL_MS);
      const firstWorkS = (performance.now() - startedAt) / 1000;
      await this.#caughtUp(log);
      return { picturesPerS: photos.length / ((performance.now() - readyAt) / 1000), firstWorkS };
    } finally {
      await embedder.stop();
      await server.stop();
      await log.close();
    }
  }

  async #committed(log: EventLog): Promise<number> {
    const committed = await log.committed(IMAGE_EVENTS_TOPIC, embedGroup(this.encoder.fingerprint));
    return [...committed.values()].reduce((sum, it) => sum + it, 0);
  }

  async #caughtUp(log: EventLog): Promise<void> {
    const end = (await log.watermarks(IMAGE_EVENTS_TOPIC)).reduce((sum, { high }) => sum + high, 0);
    while ((await this.#committed(log)) < end) await sleep(POLL_MS);
  }

  async #writeRecords(log: EventLog, topic: string): Promise<number> {
    const { vectors } = clusteredVectors(500, 0, 50, VECTOR_SIZE);
    const sha256 = sha256Of(Buffer.from('bench'));
    const records = Array.from({ length: RECORDS }, (_, at) =>
      encodeVectorRecord({
        state: 'ready',
        imageId: parseImageId(`image-${at}`),
        version: 0,
        eventTimeMs: 0,
        image: { uri: `blob:${sha256}`, sha256, sizeBytes: 1, mediaType: 'image/jpeg', attributes: {} },
        vectors: { [this.encoder.vectors[0]?.name ?? 'fc']: vectors[at % vectors.length] as Float32Array },
        perceptualHash: '0'.repeat(16),
        width: 500,
        height: 375,
        thumbnail: sha256,
      }),
    );
    const startedAt = performance.now();
    for (let at = 0; at < RECORDS; at += 128) await log.append(topic, records.slice(at, at + 128));
    return RECORDS / ((performance.now() - startedAt) / 1000);
  }

  #log(): EventLog {
    return openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, brokers: this.kafka.brokers });
  }

  #env(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      LOOKALIKE_KAFKA_BROKERS: this.kafka.brokers.join(),
      LOOKALIKE_QDRANT_URL: this.qdrant.url,
      LOOKALIKE_PARTITIONS: String(PARTITIONS),
      LOOKALIKE_ENCODER: this.model.manifest,
      LOOKALIKE_MODEL_FILE: this.model.file,
      ...more,
    };
  }
}

/** How fast a new group reads `count` records and gives them to the index. */
async function consumed(
  log: EventLog,
  topic: string,
  index: VectorIndex,
  generation: KnownGeneration,
  count: number,
): Promise<number> {
  const stage = createIndexStage(log, index, generation);
  let done = 0;
  let startedAt = 0;
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const consumer = new BatchConsumer({
    log,
    topic,
    group: `${indexGroup(generation.name)}-${randomUUID()}`,
    limits: { maxRecords: 128, maxBytes: 32 * 2 ** 20, maxWaitMs: 20 },
    batchesAhead: 2,
    handler: async (records) => {
      if (startedAt === 0) startedAt = performance.now();
      const effect = await stage(records);
      return async (isOwned) => {
        await effect(isOwned);
        done += records.length;
        if (done >= count) end();
      };
    },
  });
  await consumer.start();
  await ended;
  const rate = done / ((performance.now() - startedAt) / 1000);
  await consumer.stop(10_000);
  return rate;
}

async function post({ url }: ServerChild, photos: readonly Photo[], prefix = ''): Promise<void> {
  for (const { name, bytes } of photos) {
    const form = new FormData();
    form.set('imageId', `${prefix}${name}`);
    form.set('file', new Blob([bytes]), name);
    const response = await fetch(`${url}/v1/images`, { method: 'POST', body: form });
    if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
  }
}

async function embedded({ url }: ServerChild): Promise<void> {
  for (;;) {
    const { stages } = (await (await fetch(`${url}/v1/status`)).json()) as { stages: { name: string; lag: number }[] };
    if (stages.find(({ name }) => name === 'embed')?.lag === 0) return;
    await sleep(POLL_MS);
  }
}
