import { HASH_GRID, hammingDistance, hashOfGrid, PLAIN_HASH } from '#core';
import { seededRandom } from '#testkit';
import { TurnedHashes } from './turned-hashes.js';
import { TURNS, turned } from './turns.js';

const SIDE = HASH_GRID;

describe('hashes in turns', () => {
  const random = seededRandom(1);
  const plane = { width: SIDE, height: SIDE, values: Float64Array.from({ length: SIDE * SIDE }, () => 255 * random()) };
  const copy = { width: SIDE, height: SIDE, pixels: Uint8Array.from(plane.values) };
  const own = hashOfGrid(Float64Array.from(copy.pixels));
  const hashes = new TurnedHashes(own, copy);

  test.each(TURNS)('find the picture turned by %s, and say so', (turn) => {
    const grid = { ...plane, values: Float64Array.from(copy.pixels) };
    expect(hashes.distanceTo(hashOfGrid(turned(grid, turn).values))).toEqual({ bits: 0, turn });
  });

  test('are far from that of another picture', () => {
    const other = hashOfGrid(Float64Array.from({ length: SIDE * SIDE }, () => 255 * random()));
    expect(hashes.distanceTo(other)?.bits).toBeGreaterThan(12);
  });

  test('say nothing of plain pictures', () => {
    expect(hashes.distanceTo(PLAIN_HASH)).toBeNull();
    expect(new TurnedHashes(PLAIN_HASH, copy).distanceTo(own)).toBeNull();
  });

  test('without a grey copy are of the picture as it is alone', () => {
    const other = turned(plane, 'flip');
    const alone = new TurnedHashes(own, null).distanceTo(hashOfGrid(other.values));
    expect(alone).toEqual({ turn: 'none', bits: hammingDistance(own, hashOfGrid(other.values)) });
  });
});
