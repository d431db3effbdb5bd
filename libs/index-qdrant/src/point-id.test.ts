import { pointId } from './point-id.js';

test('the point of an image never changes its id, which is a UUID of version 5', () => {
  expect(pointId('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(pointId('a')).toBe(pointId('a'));
  expect(pointId('Ä')).not.toBe(pointId('A\u0308'));
});
