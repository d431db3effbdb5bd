import { randomUUID } from 'node:crypto';
import type { EventLog } from '#core';
import { DEFAULT_KAFKA_SETTINGS, openKafkaLog } from '#log-kafka';
import { describeWithOwnKafka, describeWithQdrant, type KafkaBroker, type QdrantServer } from '#testkit';
import { Collection } from '../e2e/collection.js';
import { type App, type Env, type ServerProcess, Workplace } from '../e2e/server-process.js';

export type ClusterApp = Exclude<App, 'standalone'>;

/** The three applications as processes of their own. Topics have fixed names, so each cluster needs a broker of its own. */
export class Cluster {
  readonly workplace = new Workplace();
  readonly collection = new Collection({
    ingest: () => this.#url('ingest'),
    query: () => this.#url('query'),
    embedder: () => this.#url('embedder'),
  });
  readonly #processes = new Map<ClusterApp, ServerProcess>();
  readonly prefix = `test-${randomUUID().slice(0, 8)}`;

  constructor(
    readonly kafka: KafkaBroker,
    readonly qdrant: QdrantServer,
    private readonly settings: Env = {},
  ) {}

  env(more: Env = {}): Env {
    return {
      LOOKALIKE_KAFKA_BROKERS: this.kafka.brokers.join(','),
      LOOKALIKE_QDRANT_URL: this.qdrant.url,
      LOOKALIKE_QDRANT_PREFIX: this.prefix,
      LOOKALIKE_PARTITIONS: '4',
      // A member that was killed is missed sooner.
      LOOKALIKE_KAFKA_SESSION_TIMEOUT_SECONDS: '6',
      LOOKALIKE_KAFKA_HEARTBEAT_SECONDS: '1',
      LOOKALIKE_ENCODER_THREADS: '1',
      ...this.settings,
      ...more,
    };
  }

  /** The one that `collection` speaks to from now on. */
  async start(app: ClusterApp, more: Env = {}): Promise<ServerProcess> {
    const started = await this.another(app, more);
    this.#processes.set(app, started);
    return started;
  }

  another(app: ClusterApp, more: Env = {}): Promise<ServerProcess> {
    return this.workplace.start(this.env(more), app);
  }

  /** Without waiting for it to serve. */
  async spawn(app: ClusterApp, more: Env = {}): Promise<ServerProcess> {
    const spawned = await this.workplace.spawn(this.env(more), app);
    this.#processes.set(app, spawned);
    return spawned;
  }

  async startAll(): Promise<void> {
    await this.start('embedder');
    await this.start('ingest');
    await this.start('query');
  }

  /** The log, as a publisher or an operator has it beside the applications. */
  async withLog<T>(work: (log: EventLog) => Promise<T>): Promise<T> {
    const log = openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, brokers: this.kafka.brokers });
    return work(log).finally(() => log.close());
  }

  process(app: ClusterApp): ServerProcess {
    const found = this.#processes.get(app);
    if (found === undefined) throw new Error(`${app} was not started.`);
    return found;
  }

  async remove(): Promise<void> {
    await this.workplace.remove();
    await this.qdrant.dropCollections(this.prefix);
  }

  #url(app: ClusterApp): string {
    return this.process(app).url;
  }
}

/** `describe` in two parts of one sentence, with all three applications at work on servers of their own. */
export function describeWithCluster(name: string, more: string, body: (cluster: () => Cluster) => void): void {
  describeWithOwnKafka(name, (kafka) => {
    describeWithQdrant(more, (qdrant) => {
      let cluster: Cluster;
      beforeAll(async () => {
        cluster = new Cluster(kafka(), qdrant());
        await cluster.startAll();
      });
      afterAll(() => cluster?.remove());
      body(() => cluster);
    });
  });
}
