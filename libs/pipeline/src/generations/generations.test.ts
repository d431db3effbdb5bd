import { type EventLog, encodeGenerationEvent, INDEX_GENERATIONS_TOPIC } from '#core';
import { type Decision, Generations, inRole } from '#pipeline';
import { faultyLog, MemoryEventLog } from '#testkit';
import { SCHEMA as schema } from '../../test/known-generation.js';

const first: Decision = { kind: 'established', generation: 'a', schema, replaces: null, by: null };
const start = (generation: string): Decision => ({
  kind: 'started',
  generation,
  schema,
  source: 'events',
  marks: [],
  switchWhenVerified: false,
  by: 'operator',
});

describe('what is decided of generations', () => {
  let log: EventLog;
  beforeEach(async () => {
    log = new MemoryEventLog();
    await log.ensureTopic(INDEX_GENERATIONS_TOPIC, { partitions: 1, retention: 'forever' });
  });

  const written = async () => (await log.watermarks(INDEX_GENERATIONS_TOPIC))[0]?.high;

  test('is known to all who read the log, from the start or from where they were', async () => {
    const [one, other] = [new Generations(log), new Generations(log)];
    expect((await other.current()).size).toBe(0);
    await one.decide(first);
    expect(inRole(await other.current(), 'live')?.name).toBe('a');
    await other.decide(start('b'));
    expect(await one.current()).toEqual(await new Generations(log).current());
  });

  test('by two at once counts from who wrote it first, and the other is told why not', async () => {
    await new Generations(log).decide(first);
    const deciders = ['b', 'c'].map((name) => new Generations(log).decide(start(name)));
    const outcomes = await Promise.allSettled(deciders);
    // Both have written: neither had seen the other.
    expect(await written()).toBe(3);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const next = inRole(await new Generations(log).current(), 'next')?.name;
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'reindex-under-way', facts: { generation: next } },
    });
  });

  test('by two at once through one object is told apart by where each stands', async () => {
    const generations = new Generations(log);
    await generations.decide(first);
    const outcomes = await Promise.allSettled(['b', 'c'].map((name) => generations.decide(start(name))));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(inRole(await generations.current(), 'next')?.name).toBe('b');
  });

  test('is not written when it is refused by what is known already', async () => {
    const generations = new Generations(log);
    await generations.decide(first);
    await generations.decide(start('b'));
    await expect(generations.decide(start('c'))).rejects.toMatchObject({ code: 'reindex-under-way' });
    expect(await written()).toBe(2);
  });

  test('counts though its acknowledgement was lost, and is refused when it is repeated', async () => {
    await new Generations(log).decide(first);
    const rules = { append: [{ on: 1, fault: 'lost-acknowledgement' } as const] };
    const generations = new Generations(faultyLog(log, { seed: 1, rules }));
    await expect(generations.decide(start('b'))).rejects.toMatchObject({ code: 'log-unavailable' });
    expect(inRole(await generations.current(), 'next')?.name).toBe('b');
    await expect(generations.decide(start('b'))).rejects.toMatchObject({ code: 'generation-exists' });
  });

  test('does not count when it could not be written, and can be decided again', async () => {
    await new Generations(log).decide(first);
    const rules = { append: [{ on: 1, fault: 'fail' } as const] };
    const generations = new Generations(faultyLog(log, { seed: 1, rules }));
    await expect(generations.decide(start('b'))).rejects.toMatchObject({ code: 'log-unavailable' });
    expect(inRole(await generations.current(), 'next')).toBeNull();
    expect(inRole(await generations.decide(start('b')), 'next')?.name).toBe('b');
  });

  test('of one index is nothing to another that is filled from the same log', async () => {
    const [one, other] = [new Generations(log, 'one'), new Generations(log, 'other')];
    await Promise.all([one.decide(first), other.decide({ ...first, generation: 'z' })]);
    expect(inRole(await one.current(), 'live')?.name).toBe('a');
    expect(inRole(await other.current(), 'live')?.name).toBe('z');
  });

  test('is not changed by what is no decision', async () => {
    const generations = new Generations(log);
    await generations.decide(first);
    const before = await generations.current();
    const unknownKind = encodeGenerationEvent('', { kind: 'paused', generation: 'a', by: null, atMs: 1 });
    const value = Buffer.from(String(unknownKind.value).replace('paused', 'painted'));
    await log.append(INDEX_GENERATIONS_TOPIC, [
      { ...unknownKind, value },
      { key: '', value: Buffer.from('garbage'), headers: {} },
      { key: '', value: null, headers: {} },
    ]);
    expect(await generations.current()).toEqual(before);
  });
});
