import { ensureGeneration } from '#pipeline';
import { MemoryEventLog, MemoryVectorIndex, PixelEncoder } from '#testkit';

const encoder = new PixelEncoder().info;

describe('the generation that a start uses', () => {
  const index = () => new MemoryVectorIndex();

  test('is made live when there is none, and found again afterwards', async () => {
    const ports = { log: new MemoryEventLog(), index: index() };
    const first = await ensureGeneration({ ...ports, encoder, attributes: {} });
    expect(first).toMatchObject({ live: true, schema: { fingerprint: encoder.fingerprint } });
    expect(await ensureGeneration({ ...ports, encoder, attributes: {} })).toEqual(first);
  });

  test('of another log is refused: its versions would win against all that is new', async () => {
    const kept = index();
    await ensureGeneration({ log: new MemoryEventLog(), index: kept, encoder, attributes: {} });
    const start = ensureGeneration({ log: new MemoryEventLog(), index: kept, encoder, attributes: {} });
    await expect(start).rejects.toMatchObject({ code: 'log-mismatch', canRetry: false });
  });

  test.each([
    ['encoder', 'LOOKALIKE_ENCODER', { encoder: { ...encoder, fingerprint: 'f'.repeat(16) }, attributes: {} }],
    ['attributes', 'LOOKALIKE_ATTRIBUTES', { encoder, attributes: { year: 'number' } }],
  ] as const)('of another %s is refused by the name of the setting', async (_, setting, changed) => {
    const ports = { log: new MemoryEventLog(), index: index() };
    await ensureGeneration({ ...ports, encoder, attributes: {} });
    const start = ensureGeneration({ ...ports, ...changed });
    await expect(start).rejects.toMatchObject({ code: 'invalid-setting', facts: { setting } });
  });
});
