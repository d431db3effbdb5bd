import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describeSettings, type Environment, loadSettings, settingsPage } from '#config';
import { isLookalikeError } from '#core';
import { PROJECT_ROOT } from '#testkit';

const KEY = `lk_${'a'.repeat(43)}`;
const HASH = 'ab'.repeat(32);
const OTHER_HASH = 'cd'.repeat(32);

const refusal = (env: Environment): string => {
  try {
    loadSettings(env);
  } catch (error) {
    if (isLookalikeError(error) && error.code === 'invalid-setting') return error.message;
    throw error;
  }
  throw new Error('The settings were taken.');
};

describe('settings', () => {
  test('an empty environment gives the defaults', () => {
    const settings = loadSettings({});
    expect(settings.server).toEqual({
      host: '127.0.0.1',
      port: 8080,
      shutdownTimeoutSeconds: 30,
      maxUploadBytes: 33_554_432,
      maxUploadsAtOnce: 16,
      bodyStallSeconds: 10,
    });
    expect(settings.encoder).toMatchObject({ name: 'vgg16-fc2', modelFile: null, threads: availableParallelism() });
    expect(settings.index.attributes).toEqual({});
    expect(settings.access).toEqual({
      keys: [],
      allowedHosts: [],
      corsOrigins: [],
      rates: {
        publish: { perSecond: 1000, burst: 2000 },
        search: { perSecond: 1000, burst: 2000 },
        operate: { perSecond: 200, burst: 400 },
      },
    });
    expect(settings.client.apiKey).toBeNull();
  });

  test('keys come with their scopes, names of hosts in lower case, origins as they are', () => {
    const { access } = loadSettings({
      LOOKALIKE_API_KEYS: `app:publish+search:${HASH}, ops:operate:${OTHER_HASH}`,
      LOOKALIKE_ALLOWED_HOSTS: 'Photos.example,search.photos.example',
      LOOKALIKE_CORS_ORIGINS: 'https://photos.example,http://localhost:3000',
    });
    expect(access).toMatchObject({
      keys: [
        { name: 'app', scopes: ['publish', 'search'], sha256: HASH },
        { name: 'ops', scopes: ['operate'], sha256: OTHER_HASH },
      ],
      allowedHosts: ['photos.example', 'search.photos.example'],
      corsOrigins: ['https://photos.example', 'http://localhost:3000'],
    });
  });

  test.each([
    KEY,
    ',',
    ' ,, ',
    `app:search:${KEY}`,
    `app:search:${HASH},app:operate:${OTHER_HASH}`,
    `app:read:${HASH}`,
  ])('the keys %j are refused without being shown', (keys) => {
    const message = refusal({ LOOKALIKE_API_KEYS: keys });
    expect(message).toContain('LOOKALIKE_API_KEYS is (hidden), but must be `name:scopes:sha256`');
    expect(message).not.toContain(KEY);
  });

  test('a key of a client is neither refused nor described with its value', () => {
    const message = refusal({ LOOKALIKE_API_KEY: `${KEY}!` });
    expect(message).toContain('LOOKALIKE_API_KEY is (hidden)');
    expect(message + JSON.stringify(describeSettings({ LOOKALIKE_API_KEY: KEY }))).not.toContain(KEY);
    expect(loadSettings({ LOOKALIKE_API_KEY: KEY }).client.apiKey).toBe(KEY);
  });

  test('values come typed and without the spaces around them', () => {
    const settings = loadSettings({
      LOOKALIKE_PORT: ' 9000 ',
      LOOKALIKE_MODEL_MIRRORS: 'https://a.example/models/, http://b.example',
      LOOKALIKE_ATTRIBUTES: 'album:string, taken:number,exif.tags:strings',
      LOOKALIKE_URL: 'http://photos.example:80/',
      LOOKALIKE_S3_SOURCE_BUCKETS: 'uploads, photos.example-2',
    });
    expect(settings.server.port).toBe(9000);
    expect(settings.encoder.modelMirrors).toEqual(['https://a.example/models', 'http://b.example']);
    expect(settings.index.attributes).toEqual({ album: 'string', taken: 'number', 'exif.tags': 'strings' });
    expect(settings.client.url).toBe('http://photos.example:80');
    expect(settings.s3.sourceBuckets).toEqual(['uploads', 'photos.example-2']);
  });

  test('the models folder is in the data folder unless it is set', () => {
    expect(loadSettings({ LOOKALIKE_DATA_DIR: '/srv/l' }).encoder.modelsFolder).toBe('/srv/l/models');
    expect(loadSettings({ LOOKALIKE_MODELS_DIR: '/m' }).encoder.modelsFolder).toBe('/m');
  });

  test('a variable that is set to nothing counts as not set', () => {
    expect(loadSettings({ LOOKALIKE_PORT: '', LOOKALIKE_HOST: ' ' }).server).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
    });
  });

  test('variables of other programs are left alone', () => {
    expect(() => loadSettings({ PORT: 'x', PATH: '/bin' })).not.toThrow();
  });

  test('nothing of it can be changed', () => {
    const settings = loadSettings({ LOOKALIKE_ATTRIBUTES: 'album:string' });
    for (const part of [settings, settings.server, settings.index.attributes]) expect(Object.isFrozen(part)).toBe(true);
  });

  test.each([
    ['LOOKALIKE_PORT', '80abc', 'a whole number, 0 to 65535'],
    ['LOOKALIKE_PORT', '65536', 'a whole number, 0 to 65535'],
    ['LOOKALIKE_PORT', '-1', 'a whole number, 0 to 65535'],
    ['LOOKALIKE_PORT', '1e3', 'a whole number, 0 to 65535'],
    ['LOOKALIKE_PARTITIONS', '0', 'a whole number, 1 to 1024'],
    ['LOOKALIKE_PARTITIONS', '1.5', 'a whole number, 1 to 1024'],
    ['LOOKALIKE_LOG_LEVEL', 'loud', 'trace, debug, info, warn, error, fatal or silent'],
    ['LOOKALIKE_URL', 'localhost:8080', 'an http or https address'],
    ['LOOKALIKE_ALLOWED_HOSTS', 'photos.example:8080', 'host names without a port'],
    ['LOOKALIKE_ALLOWED_HOSTS', 'http://photos.example', 'host names without a port'],
    ['LOOKALIKE_CORS_ORIGINS', '*', 'origins such as'],
    ['LOOKALIKE_CORS_ORIGINS', 'https://photos.example/', 'origins such as'],
    ['LOOKALIKE_CORS_ORIGINS', 'null', 'origins such as'],
    ['LOOKALIKE_S3_SOURCE_BUCKETS', 'uploads,s3://photos', 'names of buckets, separated by commas'],
    ['LOOKALIKE_S3_SOURCE_BUCKETS', 'Uploads', 'names of buckets, separated by commas'],
    ['LOOKALIKE_SEARCH_RATE', '0', 'a whole number, 1 to 1000000'],
    ['LOOKALIKE_ATTRIBUTES', 'album', '`name:type` separated by commas'],
    ['LOOKALIKE_ATTRIBUTES', 'album:text', '`name:type` separated by commas'],
    ['LOOKALIKE_ATTRIBUTES', '__proto__:string', '`name:type` separated by commas'],
    ['LOOKALIKE_ATTRIBUTES', 'a:string,a:number', '`name:type` separated by commas'],
  ])('%s=%s is refused with its name, its value and what is allowed', (name, value, allowed) => {
    const message = refusal({ [name]: value });
    expect(message).toContain(`${name} is ${JSON.stringify(value)}, but must be ${allowed}`);
  });

  test('all wrong settings are named at once', () => {
    const message = refusal({ LOOKALIKE_PORT: 'x', LOOKALIKE_PARTITIONS: '9999', LOOKALIKE_LOGLEVEL: 'info' });
    for (const name of ['LOOKALIKE_PORT', 'LOOKALIKE_PARTITIONS', 'LOOKALIKE_LOGLEVEL'])
      expect(message).toContain(name);
  });

  test('an unknown name is refused with the nearest one', () => {
    expect(refusal({ LOOKALIKE_MAX_UPLOAD_BYTE: '1' })).toBe(
      'LOOKALIKE_MAX_UPLOAD_BYTE is not a setting; did you mean LOOKALIKE_MAX_UPLOAD_BYTES?',
    );
  });

  test('a secret is never shown', () => {
    const env = { LOOKALIKE_MODEL_MIRRORS: 'ftp://user:hunter2@a.example' };
    expect(refusal(env)).toContain('LOOKALIKE_MODEL_MIRRORS is (hidden), but must be http or https addresses');
    expect(JSON.stringify(describeSettings(env))).not.toContain('hunter2');
  });

  test('the description tells what is set and what is not', () => {
    const described = describeSettings({ LOOKALIKE_PORT: '9000' });
    const byName = Object.fromEntries(described.map((it) => [it.env, it]));
    expect(byName.LOOKALIKE_PORT).toMatchObject({ group: 'server', value: '9000', default: '8080', isSet: true });
    expect(byName.LOOKALIKE_HOST).toMatchObject({ value: '127.0.0.1', isSet: false });
  });

  test('the reference page is up to date', () => {
    expect(readFileSync(join(PROJECT_ROOT, 'docs/reference/settings.md'), 'utf8')).toBe(settingsPage());
  });
});
