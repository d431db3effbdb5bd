import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_S3_SETTINGS, openS3Blobs, type S3Settings } from '#blobs-s3';
import { describeWithS3, FileServer, status } from '#testkit';

const LIMIT = { maxBytes: 1_000 };

/** What the SDK takes from around the process, and what it does not. */
describeWithS3('the surroundings of S3', (s3) => {
  const before = process.env;
  let home: string;
  /** Answers for the machine that would be asked for credentials and for its region. */
  let machine: FileServer;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'lookalike-home-'));
    machine = await FileServer.start(status(404));
    const others = Object.entries(before).filter(([name]) => !name.startsWith('AWS_'));
    process.env = { ...Object.fromEntries(others), HOME: home, AWS_EC2_METADATA_SERVICE_ENDPOINT: machine.url };
  });
  afterEach(async () => {
    process.env = before;
    await machine.stop();
    await rm(home, { recursive: true });
  });

  const open = (more: Partial<S3Settings> = {}) =>
    openS3Blobs({ ...DEFAULT_S3_SETTINGS, ...s3().where, prefix: 'test-surroundings', retries: 0, ...more });
  const without = (...names: (keyof S3Settings)[]) => {
    const settings: Record<string, unknown> = { ...DEFAULT_S3_SETTINGS, ...s3().where, prefix: 'test-surroundings' };
    for (const name of names) delete settings[name];
    return openS3Blobs(settings as unknown as S3Settings);
  };

  test('are not asked where the settings say it', async () => {
    process.env.AWS_DEFAULTS_MODE = 'auto';
    const store = open();
    const { sha256 } = await store.put(Buffer.from('abc'), LIMIT);
    await store.delete(sha256);
    await store.check();
    expect(machine.requests).toEqual([]);
    await store.close();
  });

  test('give credentials that the settings leave out', async () => {
    process.env.AWS_ACCESS_KEY_ID = s3().where.credentials.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = s3().where.credentials.secretAccessKey;
    const store = without('credentials');
    await store.check();
    expect(machine.requests).toEqual([]);
    await store.close();
  });

  test('without credentials are a setting that is missing', async () => {
    const store = without('credentials');
    await expect(store.check()).rejects.toMatchObject({ code: 'invalid-setting', facts: { setting: 'credentials' } });
    expect(machine.requests.length).toBeGreaterThan(0);
    await expect(store.put(Buffer.from('abc'), LIMIT)).rejects.toMatchObject({ code: 'storage-unavailable' });
    await store.close();
  });

  test('without a region are a setting that is missing, unless there is an endpoint', async () => {
    const store = without('region', 'endpoint');
    await expect(store.check()).rejects.toMatchObject({ code: 'invalid-setting', facts: { setting: 'region' } });
    await store.close();
    const own = without('region');
    await own.check();
    await own.close();
  });
});
