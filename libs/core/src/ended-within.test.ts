import { endedWithin } from '#core';

describe('waiting for work with a limit', () => {
  test.each([
    ['well', () => Promise.resolve('done')],
    ['badly', () => Promise.reject(new Error('broken'))],
  ])('ends when the work ends %s', async (_, work) => {
    await expect(endedWithin(work(), 600_000)).resolves.toBeUndefined();
  });

  test('ends at the limit when the work hangs', async () => {
    await expect(endedWithin(new Promise(() => {}), 1)).resolves.toBeUndefined();
  });
});
