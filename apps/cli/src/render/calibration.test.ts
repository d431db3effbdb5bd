import type { CalibrationAnswer } from '../api/answers.js';
import { PLAIN } from '../terminal/style.js';
import { renderCalibration } from './calibration.js';

const byKind = (easy: number, hard: number) => ({ all: (easy + hard) / 2, easy, hard });

const answer: CalibrationAnswer = {
  type: 'calibrated',
  generation: 'g1',
  encoder: { name: 'vgg16-fc2', fingerprint: '0123456789abcdef' },
  vectors: [{ vector: 'fc', model: 'calibrated' }],
  calibration: {
    atMs: 1,
    by: null,
    measured: {
      images: 200,
      edits: 1,
      pairs: 39_798,
      copiesAmongSample: 1,
      unusable: { pictures: { 'link-gone': 2 }, edits: {} },
      vectors: [
        {
          vector: 'fc',
          recall: byKind(1, 0.989),
          recallBySignal: { cosine: byKind(0.873, 0.435), hash: byKind(0.917, 0.341), alignment: byKind(0.998, 0.971) },
          recallWithoutVector: byKind(0.999, 0.972),
          byEdit: [
            {
              edit: 'turned by 90°',
              kind: 'hard',
              pictures: 200,
              recall: 0.99,
              recallBySignal: { cosine: 0.1, hash: 0.9, alignment: 0.97 },
            },
          ],
          falsePairs: 1,
          falseRate: 1 / 39_798,
          threshold: { images: 4_711, precision: 0.99, share: 2e-6, strength: 12, recall: byKind(1, 0.991) },
        },
      ],
    },
  },
};

test('a calibration is shown with the recall of each edit by each signal, what was left out, and what became of it', () => {
  expect(renderCalibration(answer, false, PLAIN).split('\n')).toEqual([
    '200 images in 1 edit each, 39,798 pairs of strangers, by vgg16-fc2.',
    'Left out: 1 pair of images that are copies of each other.',
    '2 pictures could not be read: link-gone.',
    '',
    'Vector fc, where one of 1,000,000 strangers passes (1 did by the form of the tail)',
    'found of             all signals  cosine  hash    alignment',
    'easy edits           100.0 %      87.3 %  91.7 %  99.8 %',
    'hard edits           98.9 %       43.5 %  34.1 %  97.1 %',
    'turned by 90°  hard  99.0 %       10.0 %  90.0 %  97.0 %',
    'Among the 4,711 images there are now, at a precision of 0.99: 100.0 % of easy and 99.1 % of hard edits are called the same picture.',
    '',
    'Stored: searches go by it within half a minute.',
    '',
  ]);
  expect(renderCalibration(answer, true, PLAIN)).toContain(
    'Nothing was stored. To search by it: lookalike calibrate\n',
  );
});
