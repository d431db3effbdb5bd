import { Logger } from '@nestjs/common';
import { type DeadLetter, IMAGE_EVENTS_TOPIC } from '#core';
import { SetAsideLog } from './stage-log.js';

describe('the log of what is set aside', () => {
  let warn: jest.SpyInstance;
  let now: jest.SpyInstance;
  beforeEach(() => {
    warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    now = jest.spyOn(performance, 'now').mockReturnValue(0);
  });
  afterEach(() => jest.restoreAllMocks());

  const letters = (from: number, to: number): DeadLetter[] =>
    Array.from({ length: to - from }, (_, at) => ({
      reason: { code: 'blob-missing', message: 'There is no such blob.' },
      original: {
        topic: IMAGE_EVENTS_TOPIC,
        partition: 0,
        offset: from + at,
        timestampMs: 0,
        key: `image-${from + at}`,
        value: null,
        headers: {},
      },
    }));
  const offsets = () => warn.mock.calls.flatMap(([{ offset }]) => (offset === undefined ? [] : [offset]));
  const counted = () => warn.mock.calls.flatMap(([{ reasons }]) => (reasons === undefined ? [] : [reasons]));

  test('has a line for each of a few, and counts the rest of each batch until a second is over', () => {
    const log = new SetAsideLog('embed');
    log.write(letters(0, 12));
    log.write(letters(12, 15));
    expect(offsets()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(counted()).toEqual([{ 'blob-missing': 2 }, { 'blob-missing': 3 }]);
    now.mockReturnValue(1_000);
    log.write(letters(15, 16));
    expect(offsets().at(-1)).toBe(15);
    expect(counted()).toHaveLength(2);
  });

  test('is silent on what is set aside again', () => {
    const log = new SetAsideLog('embed');
    log.write(letters(0, 2));
    log.write(letters(0, 3));
    expect(offsets()).toEqual([0, 1, 2]);
  });
});
