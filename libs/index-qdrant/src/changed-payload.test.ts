import { randomUUID } from 'node:crypto';
import type { VectorIndex } from '#core';
import { DEFAULT_QDRANT_SETTINGS, openQdrantIndex } from '#index-qdrant';
import { describeWithQdrant, idOf, ready, SCHEMA, seededVector } from '#testkit';
import { pointId } from './point-id.js';

describeWithQdrant('a point whose payload somebody else has changed', (qdrant) => {
  const prefix = `test-${randomUUID()}`;
  let index: VectorIndex;
  beforeEach(async () => {
    index = openQdrantIndex({ ...DEFAULT_QDRANT_SETTINGS, url: qdrant().url, prefix });
    await index.createGeneration('one', SCHEMA);
    await index.apply('one', [ready('a', 3), ready('b', 1)]);
  });
  afterEach(async () => {
    await index.close();
    await qdrant().dropCollections(prefix);
  });

  const change = async (payload: object) => {
    const response = await fetch(`${qdrant().url}/collections/${prefix}-one/points/payload?wait=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ points: [pointId(idOf('a'))], payload }),
    });
    expect(response.status).toBe(200);
  };
  const scan = async () => {
    for await (const _ of index.scan({ generation: 'one' }));
  };

  test.each([
    ['record', '{"imageId":"a"', null],
    ['record', '{"imageId":"a","version":2,"state":"ready"}', 'a'],
    ['record', 7, null],
    ['version', 5_000, 'a'],
    ['version', 0, 'a'],
    ['state', 'deleted', 'a'],
  ])('(%s: %j) is damage that names it, and no finding of a wrong record', async (field, value, imageId) => {
    await change({ [field]: value });
    const damaged = {
      code: 'index-damaged',
      message: expect.stringContaining(imageId === null ? pointId(idOf('a')) : `of image ${imageId}`),
    };
    await expect(scan()).rejects.toMatchObject(damaged);
    await expect(index.fetch([idOf('a')], { generation: 'one' })).rejects.toMatchObject(damaged);
    expect(await index.fetch([idOf('b')], { generation: 'one' })).toHaveLength(1);
    if (field !== 'state') {
      const stages = [{ vector: 'fc', query: seededVector(3), limit: 2 }] as const;
      await expect(index.search({ generation: 'one', stages })).rejects.toMatchObject(damaged);
    }
  });
});
