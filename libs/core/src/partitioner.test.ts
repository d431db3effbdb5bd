import { checkPartition, murmur2, partitionOf } from '#core';

// Values of org.apache.kafka.common.utils.UtilsTest.testMurmur2.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('murmur2 of %s is what the Java client computes', (key, hash) => {
  expect(murmur2(Buffer.from(key))).toBe(hash);
});

test('a key always has the same partition, in range', () => {
  for (let i = 0; i < 1000; i++) {
    const partition = partitionOf(`image-${i}`, 7);
    expect(partition).toBe(partitionOf(`image-${i}`, 7));
    expect(partition).toBeGreaterThanOrEqual(0);
    expect(partition).toBeLessThan(7);
  }
});

test('a record is taken in the partition of its key only, and the refusal names the partitioner', () => {
  const partition = partitionOf('cat.jpg', 4);
  expect(() => checkPartition({ key: 'cat.jpg', partition }, 4)).not.toThrow();
  for (const other of [0, 1, 2, 3].filter((it) => it !== partition)) {
    expect(() => checkPartition({ key: 'cat.jpg', partition: other }, 4)).toThrow(
      expect.objectContaining({
        code: 'invalid-event',
        message: expect.stringMatching(new RegExp(`must be ${partition} of 4.* not ${other}: .*murmur2_random`)),
      }),
    );
  }
});
