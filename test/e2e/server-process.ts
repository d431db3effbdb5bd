import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, PROJECT_ROOT } from '#testkit';
import { SEEDED, type TestEncoder } from './encoders.js';

export type App = 'standalone' | 'ingest' | 'embedder' | 'query';
const START_LIMIT_MS = 60_000;
const OUTPUT_KEPT = 100;

export type Env = Readonly<Record<string, string>>;

/** What a process did that never came to serve. */
export interface FailedStart {
  readonly exitCode: number | null;
  readonly stderr: string;
}

/** A folder that is removed at the end, with the encoder's manifest in it. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'lookalike-e2e-'));
  readonly manifest = join(this.folder, 'encoder.json');
  readonly #started: ServerProcess[] = [];

  constructor(private readonly encoder: TestEncoder = SEEDED) {
    this.writeManifest();
  }

  /** `model` stands in for what the manifest says of the model file. */
  writeManifest(model: Readonly<Record<string, unknown>> = {}): void {
    const manifest = this.encoder.manifest();
    writeFileSync(this.manifest, JSON.stringify({ ...manifest, model: { ...(manifest.model as object), ...model } }));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** A whole environment: no setting of whoever runs the tests comes through. */
  async env(more: Env = {}): Promise<Env> {
    return {
      PATH: process.env.PATH ?? '',
      LOOKALIKE_PORT: '0',
      LOOKALIKE_DATA_DIR: this.path('data'),
      LOOKALIKE_ENCODER: this.manifest,
      LOOKALIKE_MODEL_FILE: await this.encoder.modelFile(),
      ...more,
    };
  }

  async start(more: Env = {}, app: App = 'standalone'): Promise<ServerProcess> {
    const started = await this.spawn(more, app);
    await started.ready();
    return started;
  }

  /** Without waiting for it to serve. */
  async spawn(more: Env = {}, app: App = 'standalone'): Promise<ServerProcess> {
    const started = ServerProcess.spawn(await this.env(more), app);
    this.#started.push(started);
    return started;
  }

  async failToStart(more: Env = {}, app: App = 'standalone'): Promise<FailedStart> {
    const started = await this.spawn(more, app);
    const exit = await started.exit(START_LIMIT_MS);
    return { exitCode: exit.code, stderr: started.stderr };
  }

  async remove(): Promise<void> {
    for (const it of this.#started) await it.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The product as its users start it: the built program in a process of its own. */
export class ServerProcess {
  #url = '';
  #stderr = '';
  readonly #output: string[] = [];
  readonly #exited: Promise<{ code: number | null; signal: string | null }>;
  readonly #ready: Promise<string>;

  static spawn(env: Env, app: App = 'standalone'): ServerProcess {
    const entry = join(PROJECT_ROOT, `dist/apps/${app}/src/main.js`);
    return new ServerProcess(spawn(process.execPath, [entry], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }));
  }

  private constructor(private readonly child: ChildProcess) {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output.push(text);
      this.#output.splice(0, this.#output.length - OUTPUT_KEPT);
    });
    this.#exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
    this.#ready = new Promise((resolve) => {
      child.on('message', (message: { type?: string; url?: string }) => {
        if (message.type === 'ready' && message.url !== undefined) resolve(message.url);
      });
    });
  }

  get url(): string {
    return this.#url;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The end of its log, for the message of a test that fails. */
  get output(): string {
    return this.#output.join('') + this.#stderr;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async ready(): Promise<void> {
    const gone = this.#exited.then(({ code, signal }) => {
      throw new Error(`the server ended (${code ?? signal}) before it was ready:\n${this.output}`);
    });
    this.#url = await within(START_LIMIT_MS, 'the start', Promise.race([this.#ready, gone]));
  }

  /** Waits until it has written this. */
  async says(text: string): Promise<void> {
    await eventually(async () => {
      if (!this.output.includes(text)) throw new Error(`it has not said ${text}, but:\n${this.output}`);
    }, START_LIMIT_MS);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it without a word to it. */
  async kill(): Promise<void> {
    if (this.isRunning) this.signal('SIGKILL');
    await this.#exited;
  }

  /** Asks it to end. @throws when it does not end well, or not in time. */
  async stop(limitMs = 30_000): Promise<void> {
    if (this.isRunning) this.signal('SIGTERM');
    const { code, signal } = await this.exit(limitMs);
    if (code !== 0) throw new Error(`the server ended with ${code ?? signal}:\n${this.output}`);
  }

  async exit(limitMs: number): Promise<{ code: number | null; signal: string | null }> {
    return within(limitMs, `the end of the server (log: ${this.output.slice(-2000)})`, this.#exited);
  }

  /** Linux only. Memory now, and the most there ever was. */
  memory(): { readonly residentBytes: number; readonly peakBytes: number } {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
    return { residentBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') };
  }
}

async function within<T>(limitMs: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${limitMs} ms`)), limitMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
