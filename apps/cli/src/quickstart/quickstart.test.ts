import type { SearchResult } from '../api/answers.js';
import { SOUGHT, samplePhotos } from './samples.js';
import { judge } from './verdict.js';

const results = (...ids: string[]): { results: SearchResult[] } => ({
  results: ids.map((imageId) => ({ imageId, score: 0.9, version: 1, width: 8, height: 8, thumbnail: '' })),
});

test.each([
  [
    results('boats/original.jpg', 'cat/original.jpg'),
    true,
    'Right: boats/original.jpg, which it was cut from, is on top.',
  ],
  [
    results('boats/cropped.jpg', 'boats/original.jpg'),
    true,
    'Nearly right: another version of the same photo is on top; boats/original.jpg is number 2.',
  ],
  [
    results('cat/original.jpg', 'boats/original.jpg'),
    false,
    'Wrong: the picture it was cut from should be on top; boats/original.jpg is number 2.',
  ],
  [
    results(),
    false,
    'Wrong: the picture it was cut from should be on top; boats/original.jpg is not among the results.',
  ],
])('%j: right is %s', (answer, isRight, sentence) => {
  expect(judge(answer, 'boats/original.jpg', true)).toEqual({ isRight, sentence });
});

test("only samples are judged by their folder: a neighbour among one's own pictures is another picture", () => {
  expect(judge(results('trip/2.jpg'), 'trip/1.jpg', false).isRight).toBe(false);
});

test('the nine sample photos are installed, the one that is sought among them', () => {
  const names = samplePhotos().map(({ name }) => name);
  expect(names).toHaveLength(9);
  expect(names).toContain(SOUGHT);
});
