import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../eventually.js';
import { describeWith } from '../requirement.js';
import { freePort } from './free-port.js';
import { kafkaJars } from './kafka-jars.js';

const START_LIMIT_MS = 60_000;
const CLUSTER_ID = 'bG9va2FsaWtlLXRlc3RzMQ';

/**
 * A real Kafka broker for tests: the one that `KAFKA_BROKERS` names, else one of our own in Java, KRaft, a single node
 * on the loopback address. Its data stay until `remove`, so it can be stopped, killed and started again.
 */
export class KafkaBroker {
  #process: ChildProcess | null = null;

  private constructor(
    readonly brokers: readonly string[],
    private readonly own: { readonly folder: string; readonly jars: string } | null,
  ) {}

  static async start(): Promise<KafkaBroker> {
    const named = process.env.KAFKA_BROKERS;
    if (named !== undefined && named !== '') return new KafkaBroker(named.split(','), null);
    const jars = await kafkaJars();
    const folder = await mkdtemp(join(tmpdir(), 'lookalike-kafka-'));
    const [port, controllerPort] = [await freePort(), await freePort()];
    await writeFile(join(folder, 'server.properties'), properties(folder, port, controllerPort));
    java(jars, 'kafka.tools.StorageTool', ['format', '-t', CLUSTER_ID, '-c', join(folder, 'server.properties')]);
    const broker = new KafkaBroker([`127.0.0.1:${port}`], { folder, jars });
    await broker.startAgain();
    return broker;
  }

  async startAgain(): Promise<void> {
    const { folder, jars } = this.#owned();
    const log = createWriteStream(join(folder, 'broker.log'), { flags: 'a' });
    await once(log, 'open');
    const args = ['-Xmx512m', '-XX:+UseSerialGC', '-cp', `${jars}/*`, 'kafka.Kafka', join(folder, 'server.properties')];
    this.#process = spawn('java', args, { stdio: ['ignore', log, log] });
    const [host = '', port = ''] = this.brokers[0]?.split(':') ?? [];
    try {
      await eventually(() => canConnect(host, Number(port)), START_LIMIT_MS);
    } catch (cause) {
      throw new Error(`The broker did not start:\n${await readFile(join(folder, 'broker.log'), 'utf8')}`, { cause });
    }
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  async remove(): Promise<void> {
    if (this.own === null) return;
    await this.stop('SIGKILL');
    await rm(this.own.folder, { recursive: true, force: true });
  }

  #owned(): { readonly folder: string; readonly jars: string } {
    if (this.own === null) throw new Error('The broker that KAFKA_BROKERS names is not ours to start.');
    return this.own;
  }
}

/** `describe` with one broker for all of it. */
export function describeWithKafka(name: string, body: (kafka: () => KafkaBroker) => void): void {
  describeWithBroker('KAFKA_BROKERS, or Java 17 and Maven', isNamed() || canRun(), name, body);
}

/** With one that may be stopped and started again. */
export function describeWithOwnKafka(name: string, body: (kafka: () => KafkaBroker) => void): void {
  describeWithBroker('Java 17 and Maven, and no KAFKA_BROKERS', !isNamed() && canRun(), name, body);
}

function describeWithBroker(what: string, isThere: boolean, name: string, body: (kafka: () => KafkaBroker) => void) {
  describeWith(what, isThere)(name, () => {
    let broker: KafkaBroker;
    // Fetching the jars once takes up to a minute.
    beforeAll(async () => {
      broker = await KafkaBroker.start();
    }, 300_000);
    afterAll(() => broker?.remove());
    body(() => broker);
  });
}

function isNamed(): boolean {
  return (process.env.KAFKA_BROKERS ?? '') !== '';
}

function canRun(): boolean {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    execFileSync('mvn', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function java(jars: string, mainClass: string, args: readonly string[]): void {
  execFileSync('java', ['-cp', `${jars}/*`, mainClass, ...args], { stdio: 'pipe' });
}

function canConnect(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port }, () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}

/** Small and quick: one node, no waiting for more members, a cleaner that looks often. */
function properties(folder: string, port: number, controllerPort: number): string {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'log.cleaner.backoff.ms': 200,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
