import type { EvaluationReport, ModeReport } from '../src/evaluate/report.js';
import { shareOf } from '../src/evaluate/statistics.js';

const latency = { p50Ms: 4, p95Ms: 8.25, p99Ms: 1_200, n: 100 };
const mode = (name: ModeReport['mode'], more: Partial<ModeReport> = {}): ModeReport => ({
  mode: name,
  recallAt10: null,
  precisionAt5: null,
  precisionAt10: null,
  oneClient: latency,
  manyClients: { ...latency, perSecond: 61.25 },
  ...more,
});

/** Every part that a report can have, of a measurement that ended early. */
export const SAMPLE_REPORT: EvaluationReport = {
  encoder: { name: 'vgg16-fc2', fingerprint: '0123456789abcdef', trained: true },
  generation: 'g1',
  profile: { kind: 'lean', components: 256 },
  images: 20_000,
  queries: { by: 'picture', drawn: 100, from: 4_000 },
  clients: 8,
  modes: [
    mode('fast', { recallAt10: shareOf([1, 1, 0.9, 0.8]), precisionAt5: shareOf([1, 0.6]) }),
    mode('balanced'),
    mode('exact', { manyClients: null }),
  ],
  editedPictures: 2,
  edits: [
    {
      name: 'JPEG <10>',
      kind: 'easy',
      first: shareOf([1, 0]),
      amongTen: shareOf([1, 1]),
      samePicture: null,
      othersCalledSame: 0.25,
    },
  ],
  room: { memoryBytesPerImage: 448.4, diskBytesPerImage: null, residentBytes: 512 * 1024 * 1024 },
  refused: [{ code: 'picture-damaged', message: 'It is <b>.', count: 2, names: ['evil\u001b[2J.jpg'] }],
  sentAgain: 3,
  notes: ['A note.'],
  ended: { code: 'interrupted', message: 'Stopped by Ctrl-C.' },
};
