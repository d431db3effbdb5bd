import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../eventually.js';
import { describeWith } from '../requirement.js';
import { freePort } from './free-port.js';
import { kafkaJars } from './kafka-jars.js';

const START_LIMIT_MS = 60_000;
const CLUSTER_ID = 'bG9va2FsaWtlLXRlc3RzMQ';

/** Users of the `withPasswords` listener, by name. Whoever comes without a password may do everything. */
export const KAFKA_USERS = { reader: 'reader-secret', writer: 'writer-secret' } as const;

interface Ports {
  readonly plain: number;
  readonly withPasswords: number;
  /** Where the broker listens, and where it says it does: room for a relay in between. */
  readonly relayed: number;
  readonly relay: number;
  readonly controller: number;
}

interface Own {
  readonly folder: string;
  readonly jars: string;
  readonly ports: Ports;
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
    const folder = await mkdtemp(join(tmpdir(), 'lookalike-kafka-'));
    const ports = {
      plain: await freePort(),
      withPasswords: await freePort(),
      relayed: await freePort(),
      relay: await freePort(),
      controller: await freePort(),
    };
    await writeFile(join(folder, 'server.properties'), properties(folder, ports));
    java(jars, 'kafka.tools.StorageTool', ['format', '-t', CLUSTER_ID, '-c', join(folder, 'server.properties')]);
    const broker = new KafkaBroker([`127.0.0.1:${ports.plain}`], { folder, jars, ports });
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
    // One that is paused would not hear a SIGTERM.
    this.resume();
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
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
function properties(folder: string, ports: Ports): string {
  const users = Object.entries(KAFKA_USERS).map(([name, password]) => `user_${name}="${password}"`);
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: listeners({ ...ports, relay: ports.relayed }, `CONTROLLER://127.0.0.1:${ports.controller}`),
    'advertised.listeners': listeners(ports),
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map':
      'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,RELAYED:PLAINTEXT,PASSWORDS:SASL_PLAINTEXT',
    'listener.name.passwords.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.passwords.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${users.join(' ')};`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'log.cleaner.backoff.ms': 200,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function listeners({ plain, withPasswords, relay }: Omit<Ports, 'controller' | 'relayed'>, ...more: string[]): string {
  const at = (name: string, port: number) => `${name}://127.0.0.1:${port}`;
  return [at('PLAINTEXT', plain), at('PASSWORDS', withPasswords), at('RELAYED', relay), ...more].join(',');
}
