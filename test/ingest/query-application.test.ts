import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { apiKeyOf, apiKeySha256, formatApiKeyEntry } from '#core';
import { copiesByQuery } from '../../apps/ingest/src/check/query-application.js';
import { QueryServer } from '../query/query-server.js';
import { OTHER_PHOTO, PHOTO } from './requests.js';

const KEY = apiKeyOf(new Uint8Array(32).fill(1));
const entry = (scope: 'search' | 'operate') =>
  formatApiKeyEntry({ name: scope, scopes: [scope], sha256: apiKeySha256(KEY).toString('hex') });

const find = (queryUrl: string, picture: Uint8Array, queryKey: string | null = null) => {
  const copies = copiesByQuery({ queryUrl, queryKey });
  return copies?.(picture, 3);
};

describe('copies that the query application finds', () => {
  let query: QueryServer;
  afterEach(() => query.stop());
  const start = async (settings: Record<string, string> = {}) => {
    query = await new QueryServer().start(settings);
    await query.makeLive();
    return query.url;
  };

  test('are those of its search, surest first', async () => {
    const url = await start();
    await query.addPicture('boats', OTHER_PHOTO);
    const smaller = await sharp(PHOTO).resize(500).jpeg({ quality: 60 }).toBuffer();
    await query.addPicture('smaller', smaller);
    await query.addPicture('cat', PHOTO);
    const found = await find(url, PHOTO);
    expect(found?.map(({ imageId, match }) => [imageId, match])).toEqual([
      ['cat', 'identical'],
      ['smaller', 'same-picture'],
    ]);
    for (const { probability } of found ?? []) expect(probability).toBeGreaterThan(0.9);
  });

  test('need a key where it asks for one', async () => {
    const url = await start({ LOOKALIKE_API_KEYS: entry('search') });
    expect(await find(url, PHOTO, KEY)).toEqual([]);
    await expect(find(url, PHOTO)).rejects.toMatchObject({ code: 'search-unavailable', canRetry: true });
  });

  test('are not found with a key for something else', async () => {
    const url = await start({ LOOKALIKE_API_KEYS: entry('operate') });
    await expect(find(url, PHOTO, KEY)).rejects.toMatchObject({ code: 'search-unavailable' });
  });

  test('are refused for a picture as it refuses it', async () => {
    const url = await start();
    await expect(find(url, PHOTO.subarray(0, 20_000))).rejects.toMatchObject({ code: 'picture-damaged' });
    await expect(find(url, Buffer.from('text'))).rejects.toMatchObject({ code: 'picture-not-recognised' });
  });

  test('are waited for as long as it cannot search', async () => {
    query = await new QueryServer().start();
    await expect(find(query.url, PHOTO)).rejects.toMatchObject({ code: 'no-live-generation', canRetry: true });
  });
});

describe('copies that nobody finds', () => {
  let elsewhere: Server;
  let [status, answer] = [200, ''];
  beforeAll(async () => {
    elsewhere = createServer((_, response) => response.writeHead(status).end(answer));
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => elsewhere.close());
  const url = () => `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;

  test.each(['{}', 'null', 'hello', ''])('since something else answers: %j', async (text) => {
    [status, answer] = [200, text];
    await expect(find(url(), PHOTO)).rejects.toMatchObject({ code: 'search-unavailable' });
  });

  test('since ingest asks too often, which passes', async () => {
    [status, answer] = [429, JSON.stringify({ code: 'rate-limited', detail: 'Too many.', retryAfterSeconds: 7 })];
    await expect(find(url(), PHOTO)).rejects.toMatchObject({ code: 'rate-limited', facts: { retryAfterSeconds: 7 } });
  });

  test('since nobody listens', async () => {
    await expect(find('http://127.0.0.1:1', PHOTO)).rejects.toMatchObject({
      code: 'search-unavailable',
      canRetry: true,
    });
  });

  test('since no setting says where', () => {
    expect(copiesByQuery({ queryUrl: null, queryKey: null })).toBeUndefined();
  });
});
