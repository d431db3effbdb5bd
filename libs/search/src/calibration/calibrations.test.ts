import { CALIBRATIONS_TOPIC, type Generation, LookalikeError } from '#core';
import { eventually, MemoryEventLog } from '#testkit';
import { type MatchModel, PICTURES_ALONE, shippedModel } from '../match/index.js';
import { type Calibration, encodeCalibration } from './calibration.js';
import { Calibrations } from './calibrations.js';

describe('calibrations', () => {
  const encoder = { name: 'a', fingerprint: '0123456789abcdef', trained: true, manifest: {} };
  const schema = { log: 'test', encoder, vectors: [], attributes: {}, settings: {} };
  const generation: Generation = { name: 'one', schema, live: true };
  const model: MatchModel = { ...PICTURES_ALONE, worthALook: 3 };
  const measured = {
    images: 200,
    edits: 29,
    pairs: 1_000_000,
    copiesAmongSample: 0,
    unusable: { pictures: {}, edits: {} },
    vectors: [],
  };
  const { fingerprint } = encoder;
  const calibration: Calibration = { fingerprint, models: { fc: model }, measured, atMs: 1, by: null };
  const kind = (version: string) => `application/vnd.lookalike.calibration.${version}+json`;
  let log: MemoryEventLog;

  beforeEach(() => {
    log = new MemoryEventLog();
  });

  test('are those that came with the product where the log has none', async () => {
    const calibrations = new Calibrations(log);
    expect(await calibrations.modelOf(generation, 'fc')).toBe(shippedModel(encoder, 'fc'));
    expect(await calibrations.of(fingerprint)).toBeNull();
  });

  test('count for everybody by the vector that was measured, the last of an encoder', async () => {
    const [writer, reader] = [new Calibrations(log), new Calibrations(log)];
    await writer.decide({ ...calibration, atMs: 0, models: {} });
    await writer.decide(calibration);
    await log.append(CALIBRATIONS_TOPIC, [
      { key: 'x', value: Buffer.from('no calibration'), headers: { 'content-type': kind('v2') } },
      // Of alignments that were scored in another way.
      { ...encodeCalibration({ ...calibration, atMs: 2, models: {} }), headers: { 'content-type': kind('v1') } },
    ]);
    expect(await reader.of(fingerprint)).toEqual(calibration);
    expect(await reader.modelOf(generation, 'fc')).toEqual(model);
    expect(await reader.modelOf(generation, 'pooled')).toBe(shippedModel(encoder, 'pooled'));
  });

  test('count from the first search after a start', async () => {
    await new Calibrations(log).decide(calibration);
    expect(await new Calibrations(log).modelOf(generation, 'fc')).toEqual(model);
  });

  describe('while time passes', () => {
    beforeEach(() => {
      jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    test('are waited for by searches a second at most, once, whatever the log does', async () => {
      await new Calibrations(log).decide(calibration);
      let answer = () => {};
      const reached = new Promise<void>((resolve) => {
        answer = resolve;
      });
      const read = log.read.bind(log);
      jest.spyOn(log, 'read').mockImplementation(async function* (options) {
        await reached;
        yield* read(options);
      });
      const calibrations = new Calibrations(log);
      const first = calibrations.modelOf(generation, 'fc');
      await jest.advanceTimersByTimeAsync(1_000);
      expect(await first).toBe(shippedModel(encoder, 'fc'));
      expect(await calibrations.modelOf(generation, 'fc')).toBe(shippedModel(encoder, 'fc'));
      answer();
      await eventually(async () => expect(await calibrations.modelOf(generation, 'fc')).toEqual(model));
    });

    test('are followed from the start on, whether or not anybody searches', async () => {
      const calibrations = new Calibrations(log);
      calibrations.start();
      expect(await calibrations.modelOf(generation, 'fc')).toBe(shippedModel(encoder, 'fc'));
      await new Calibrations(log).decide(calibration);
      await jest.advanceTimersByTimeAsync(30_000);
      expect(await calibrations.modelOf(generation, 'fc')).toEqual(model);
      await calibrations.close();
    });

    test('that cannot be read are told of once, and once when they can be again', async () => {
      await new Calibrations(log).decide(calibration);
      const read = log.read.bind(log);
      const reading = jest.spyOn(log, 'read').mockImplementation(unavailable);
      const told: unknown[] = [];
      const calibrations = new Calibrations(log, (error) => told.push(error));
      calibrations.start();
      expect(await calibrations.modelOf(generation, 'fc')).toBe(shippedModel(encoder, 'fc'));
      await jest.advanceTimersByTimeAsync(30_000);
      expect(reading.mock.calls.length).toBeGreaterThan(2);
      expect(told).toEqual([expect.objectContaining({ code: 'log-unavailable' })]);
      reading.mockImplementation(read);
      await jest.advanceTimersByTimeAsync(30_000);
      expect(told.slice(1)).toEqual([null]);
      expect(await calibrations.modelOf(generation, 'fc')).toEqual(model);
      await calibrations.close();
    });

    test('count as they are in the log for what stays, or not at all', async () => {
      const calibrations = new Calibrations(log);
      const reading = jest.spyOn(log, 'read').mockImplementation(unavailable);
      await expect(calibrations.upToDate.modelOf(generation, 'fc')).rejects.toMatchObject({ code: 'log-unavailable' });
      reading.mockRestore();
      expect(await calibrations.upToDate.modelOf(generation, 'fc')).toBe(shippedModel(encoder, 'fc'));
      await new Calibrations(log).decide(calibration);
      await jest.advanceTimersByTimeAsync(10_001);
      expect(await calibrations.upToDate.modelOf(generation, 'fc')).toEqual(model);
    });
  });
});

// biome-ignore lint/correctness/useYield: It fails before it has anything.
async function* unavailable(): AsyncGenerator<never> {
  throw new LookalikeError('log-unavailable', 'away');
}
