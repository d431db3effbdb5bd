import { LookalikeError, type VerificationReport } from '#core';
import { type KnownGeneration, verification } from '#pipeline';
import { addedEvent, damagedPicture, deletedEvent, plainPicture, stateOf } from '#testkit';
import { AuditedWorld } from '../../test/audited-world.js';
import { knownGeneration } from '../../test/known-generation.js';

const PICTURES = Array.from({ length: 20 }, (_, n) => plainPicture(`picture ${n}`));

describe('the verification of a generation', () => {
  let world: AuditedWorld;
  let next: KnownGeneration;
  beforeEach(async () => {
    world = await AuditedWorld.open();
    await world.put(...PICTURES);
    await world.take(...PICTURES.map((it, n) => addedEvent(`image ${n}`, stateOf(it))), deletedEvent('gone'));
    const { name, schema } = world.generation;
    next = knownGeneration(name, 'next', { schema });
  });
  afterEach(() => world.close());

  const verify = (live: KnownGeneration | null = null): Promise<VerificationReport> => {
    const { log, index, tempFolder } = world;
    return verification({ log, index, tempFolder })(next, live, new AbortController().signal);
  };
  const verdicts = ({ checks }: VerificationReport) => checks.map(({ name, passed }) => [name, passed]);

  test('passes what is as the log has it, and says where that ended', async () => {
    const report = await verify();
    expect(report).toMatchObject({ passed: true, counts: { ready: 20, failed: 0, deleted: 1 } });
    expect(report.positions.reduce((sum, { offset }) => sum + offset, 0)).toBe(21);
    expect(verdicts(report)).toEqual([
      ['records', true],
      ['vectors', true],
      ['failures', true],
      ['recall', true],
    ]);
    expect(report.checks[0]?.found).toBe('All 21 images of the log are in it at their last versions, and no others.');
  });

  test('does not pass what lacks an image, and names it', async () => {
    world.records.delete('image 3');
    const report = await verify();
    expect(report.passed).toBe(false);
    expect(report.checks[0]).toMatchObject({
      name: 'records',
      passed: false,
      found: 'Of 21 images of the log: 1 missing.',
      facts: { findings: { missing: { count: 1, examples: [{ imageId: 'image 3' }] } } },
    });
  });

  test('does not pass what failed for the most part, though there is no live one to compare with', async () => {
    const damaged = Array.from({ length: 21 }, (_, n) => damagedPicture(`picture ${n}`));
    await world.put(...damaged);
    await world.take(...damaged.map((it, n) => addedEvent(`damaged ${n}`, stateOf(it))));
    expect(verdicts(await verify())).toContainEqual(['failures', false]);
  });

  test('does not pass vectors that are others than the log has', async () => {
    world.change('image 3', { vectors: { fc: new Float32Array(192).fill(1) } });
    expect(verdicts(await verify())).toContainEqual(['vectors', false]);
  });

  test('does not pass a graph that finds too little', async () => {
    const { search } = world.index;
    jest.spyOn(world.index, 'search').mockImplementation(async (request) => {
      const answer = await search.call(world.index, request);
      return request.stages[0].exact ? answer : { ...answer, hits: answer.hits.slice(0, 9) };
    });
    const report = await verify();
    expect(report.checks.find(({ name }) => name === 'recall')).toMatchObject({
      passed: false,
      facts: { recall: expect.closeTo(0.9), searches: 20 },
    });
  });

  test('takes any of many answers that are equally good', async () => {
    const copies = Array.from({ length: 15 }, (_, n) => addedEvent(`copy ${n}`, stateOf(PICTURES[0] ?? Buffer.of())));
    await world.take(...copies);
    const { search } = world.index;
    let asked = 0;
    jest.spyOn(world.index, 'search').mockImplementation(async (request) => {
      // Ties fall another way each time.
      const { hits, ...answer } = await search.call(world.index, {
        ...request,
        stages: [{ ...request.stages[0], limit: 50 }],
      });
      const turned =
        asked++ % 2 === 0 ? hits : hits.toSorted((a, b) => b.score - a.score || (a.imageId < b.imageId ? 1 : -1));
      return { ...answer, hits: turned.slice(0, request.stages[0].limit) };
    });
    expect(verdicts(await verify())).toContainEqual(['recall', true]);
    await world.index.createGeneration('live', world.generation.schema);
    await world.index.apply('live', [...world.records.values()]);
    expect(verdicts(await verify({ ...next, name: 'live', role: 'live' }))).toContainEqual(['overlap', true]);
  });

  describe('beside a live one', () => {
    const live = (): KnownGeneration => ({ ...next, name: 'live', role: 'live' });
    beforeEach(async () => {
      await world.index.createGeneration('live', world.generation.schema);
      await world.index.apply('live', [...world.records.values()]);
    });

    test('compares answers and failures', async () => {
      expect(verdicts(await verify(live()))).toEqual([
        ['records', true],
        ['vectors', true],
        ['failures', true],
        ['recall', true],
        ['overlap', true],
      ]);
    });

    test('does not pass more failures than the live one has', async () => {
      const damaged = [1, 2].map((n) => damagedPicture(`picture ${n}`));
      await world.put(...damaged);
      await world.take(...damaged.map((it, n) => addedEvent(`damaged ${n}`, stateOf(it))));
      const report = await verify(live());
      expect(report.checks.find(({ name }) => name === 'failures')).toMatchObject({
        passed: false,
        facts: { failed: 2, live: 0, byReason: { 'picture-damaged': 2 } },
      });
    });

    test('that is damaged goes without it', async () => {
      const { fetch } = world.index;
      jest.spyOn(world.index, 'fetch').mockImplementation(async (ids, options) => {
        if (options?.generation === 'live') throw new LookalikeError('index-damaged', 'It is damaged.');
        return fetch.call(world.index, ids, options);
      });
      const report = await verify(live());
      expect(verdicts(report)).toEqual([
        ['records', true],
        ['vectors', true],
        ['failures', true],
        ['recall', true],
        ['overlap', null],
      ]);
    });

    test('of another encoder answers otherwise, which is told and stops nothing', async () => {
      const other = live();
      const encoder = { ...other.schema.encoder, fingerprint: 'f'.repeat(16) };
      const report = await verify({ ...other, schema: { ...other.schema, encoder } });
      expect(verdicts(report)).toContainEqual(['overlap', null]);
      expect(report.passed).toBe(true);
    });
  });
});
