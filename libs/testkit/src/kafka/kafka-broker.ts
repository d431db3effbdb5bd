import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endProcess } from '../end-process.js';
import { eventually } from '../eventually.js';
import { freePort } from '../free-port.js';
import { describeWith } from '../requirement.js';
import { kafkaJars } from './kafka-jars.js';
import { type KafkaPorts, kafkaProperties } from './kafka-properties.js';

const START_LIMIT_MS = 60_000;
const CLUSTER_ID = 'bG9va2FsaWtlLXRlc3RzMQ';

interface Own {
  readonly folder: string;
  readonly jars: string;
  readonly ports: KafkaPorts;
}

/**
 * A real Kafka broker for tests: the one that `KAFKA_BROKERS` names, else one of our own in Java, KRaft, a single node
 * on the loopback address. Its data stay until `remove`, so it can be stopped, killed and started again.
 */
export class KafkaBroker {
  #process: ChildProcess | null = null;

  private constructor(
    readonly brokers: readonly string[],
    private readonly own: Own | null,
  ) {}

  /** Asks for a user and a password (SASL PLAIN), and lets each user do only what an ACL allows. */
  get withPasswords(): readonly string[] {
    return [`127.0.0.1:${this.#owned().ports.withPasswords}`];
  }

  /** For a relay that listens at `at` and passes on to `to`: clients that begin there stay there. */
  get relayed(): { readonly at: number; readonly to: number } {
    const { relay, relayed } = this.#owned().ports;
    return { at: relay, to: relayed };
  }

  static async start(): Promise<KafkaBroker> {
    const named = process.env.KAFKA_BROKERS;
    if (named !== undefined && named !== '') return new KafkaBroker(named.split(','), null);
    const jars = await kafkaJars();
    const broker = await KafkaBroker.#prepare(jars, 1, [await freePorts()]);
    await broker.startAgain();
    return broker;
  }

  /** Brokers of our own that make up one cluster. Each knows only its own address. */
  static async startCluster(size: number): Promise<readonly KafkaBroker[]> {
    const jars = await kafkaJars();
    const nodes: KafkaPorts[] = [];
    for (let i = 0; i < size; i++) nodes.push(await freePorts());
    const brokers = await Promise.all(nodes.map((_, i) => KafkaBroker.#prepare(jars, i + 1, nodes)));
    await Promise.all(brokers.map((it) => it.startAgain()));
    return brokers;
  }

  static async #prepare(jars: string, nodeId: number, nodes: readonly KafkaPorts[]): Promise<KafkaBroker> {
    const folder = await mkdtemp(join(tmpdir(), 'lookalike-kafka-'));
    const ports = nodes[nodeId - 1] ?? (await freePorts());
    await writeFile(join(folder, 'server.properties'), kafkaProperties(folder, nodeId, nodes));
    java(jars, 'kafka.tools.StorageTool', ['format', '-t', CLUSTER_ID, '-c', join(folder, 'server.properties')]);
    return new KafkaBroker([`127.0.0.1:${ports.plain}`], { folder, jars, ports });
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
    // One that is paused would not hear a SIGTERM.
    this.resume();
    const child = this.#process;
    this.#process = null;
    if (child !== null) await endProcess(child, signal);
  }

  /** It keeps its connections and answers nobody. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Runs a program, one file of Java, with Kafka's own client in its class path. @returns what it printed. */
  async runJava(source: string, args: readonly string[]): Promise<string> {
    const { folder, jars } = this.#owned();
    const path = join(folder, 'Main.java');
    await writeFile(path, source);
    const { stdout } = await promisify(execFile)('java', ['-Xmx128m', '-cp', `${jars}/*`, path, ...args]);
    return stdout;
  }

  async remove(): Promise<void> {
    if (this.own === null) return;
    await this.stop('SIGKILL');
    await rm(this.own.folder, { recursive: true, force: true });
  }

  #owned(): Own {
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

/** With several that make up one cluster. */
export function describeWithKafkaCluster(
  size: number,
  name: string,
  body: (kafka: () => readonly KafkaBroker[]) => void,
) {
  describeWith('Java 17 and Maven', canRun())(name, () => {
    let brokers: readonly KafkaBroker[] = [];
    beforeAll(async () => {
      brokers = await KafkaBroker.startCluster(size);
    }, 300_000);
    afterAll(() => Promise.all(brokers.map((it) => it.remove())));
    body(() => brokers);
  });
}

async function freePorts(): Promise<KafkaPorts> {
  return {
    plain: await freePort(),
    withPasswords: await freePort(),
    relayed: await freePort(),
    relay: await freePort(),
    controller: await freePort(),
  };
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
