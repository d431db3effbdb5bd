import type { SearchAnswer, SearchResult, StatusAnswer } from '../api/answers.js';
import type { ImportSummary } from '../import/import-folder.js';
import { COLOURED, PLAIN } from '../terminal/style.js';
import { renderImport } from './import.js';
import { renderModels } from './models.js';
import { renderSearch, scoreBar } from './search.js';
import { renderSettings } from './settings.js';
import { renderStatus } from './status.js';

const encoder = { name: 'vgg16-fc2', fingerprint: '0123456789abcdef', trained: true };
const untrained = { ...encoder, name: 'vgg16-seeded', trained: false };
const NOTE = [
  'Note: the encoder is untrained. It finds near-duplicates (crops, copies, edits) and nothing more.',
  '      For pictures that look alike, fetch a trained model: lookalike models',
];

const found = { version: 3, width: 640, height: 480, thumbnail: '/v1/images/x/thumbnail' };

const answer: SearchAnswer = {
  results: [
    {
      ...found,
      imageId: 'boats/original.jpg',
      score: 0.98765,
      attributes: { year: 1890, place: 'Nagasaki' },
    },
    { ...found, imageId: 'evil\u001b[2J\nname', score: 0.5 },
  ],
  encoder,
  generation: 'g1',
  mode: 'balanced',
  nextCursor: null,
  steps: [],
  warnings: [],
  tookMs: 12.4,
};

const text = (...lines: string[]) => `${lines.join('\n')}\n`;

describe('what the commands print', () => {
  test('a search: score, bar, id, attributes; names cannot move the cursor', () => {
    expect(renderSearch(answer, PLAIN)).toBe(
      text(
        'score              image                attributes',
        '0.988  ██████████  boats/original.jpg   year=1890 place=Nagasaki',
        '0.500  █████░░░░░  evil\\u{1b}[2J\\nname',
        '',
        '2 results in 12 ms, by vgg16-fc2 (trained, 0123456789ab), balanced, index g1',
      ),
    );
  });

  test('what a reader of the answer should know', () => {
    const warnings = [{ code: 'not-turned', message: 'Turned copies may be missing.' }] as const;
    expect(renderSearch({ ...answer, results: [], warnings: [...warnings] }, PLAIN, { onlyCopies: true })).toMatch(
      /^No image is a copy[^\n]*\n\n0 results[^\n]*\nTurned copies may be missing\.\n$/,
    );
  });

  test('a search by a picture: what is the same, and how it was turned', () => {
    const [boats, evil] = answer.results as [SearchResult, SearchResult];
    const copies = [
      { ...boats, match: 'identical', probability: 1, hash: { bits: 0, turn: 'none' } },
      {
        ...boats,
        imageId: 'copy',
        match: 'same-picture',
        probability: 0.999,
        hash: { bits: 20, turn: 'flip' },
        explanation: {
          falseMatches: 0.001,
          alignment: { score: 0.5, turn: 'rotate-90', scale: 0.6, overlap: 1, common: null },
        },
      },
      { ...evil, imageId: 'other', match: 'look-alike', probability: 0, hash: null },
    ] as const;
    expect(renderSearch({ ...answer, results: copies.map((it) => ({ ...it, attributes: {} })) }, PLAIN)).toBe(
      text(
        'score              match                                image               attributes',
        '0.988  ██████████  identical                            boats/original.jpg',
        '0.988  ██████████  same picture, rotate-90, scale 0.60  copy',
        '0.500  █████░░░░░                                       other',
        '',
        '3 results in 12 ms, by vgg16-fc2 (trained, 0123456789ab), balanced, index g1',
      ),
    );
  });

  test('a search for copies that finds none', () => {
    const none = renderSearch({ ...answer, results: [] }, PLAIN, { onlyCopies: true });
    expect(none).toContain('No image is a copy of it, as far as can be told.\n');
  });

  test('a search of an untrained encoder says what it is good for', () => {
    expect(renderSearch({ ...answer, results: [], encoder: untrained }, PLAIN)).toBe(
      text(
        'Nothing found: the collection is empty or holds nothing else.',
        '',
        '0 results in 12 ms, by vgg16-seeded (untrained, 0123456789ab), balanced, index g1',
        ...NOTE,
      ),
    );
  });

  test('colour changes no column', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: takes the colour codes out
    const bare = renderSearch(answer, COLOURED).replaceAll(/\u001b\[\d+m/g, '');
    expect(bare.replaceAll(/ +$/gm, '')).toBe(renderSearch(answer, PLAIN));
  });

  test.each([
    [-0.1, '░░░░░░░░░░'],
    [0, '░░░░░░░░░░'],
    [0.75, '████████░░'],
    [1.0001, '██████████'],
  ])('the bar of %d is %s', (score, bar) => {
    expect(scoreBar(score)).toBe(bar);
  });

  test('the status: encoder, index, images, how far each stage is', () => {
    const partitions = [{ partition: 0, end: 9, committed: 2, lag: 7, lagSeconds: 1 }];
    const ofLive = { generation: 'g1', encoder: encoder.fingerprint, role: 'live' } as const;
    const stage = { ...ofLive, group: 'embed', partitions };
    const status: StatusAnswer = {
      encoder,
      generation: 'g1',
      images: { ready: 12_345, failed: 1, deleted: 0 },
      stages: [
        { ...stage, name: 'embed', topic: 'image-events', lag: 1200, lagSeconds: 95, perSecond: 8, secondsLeft: 150 },
        { ...stage, name: 'index', topic: 'image-vectors', lag: 0, lagSeconds: 0, perSecond: 1800.4, secondsLeft: 0 },
      ],
      deadLetters: { open: 1200, redriving: 1, redriven: 7, superseded: 0, discarded: 3, erased: 0 },
    };
    expect(renderStatus(status, PLAIN)).toBe(
      text(
        'encoder       vgg16-fc2 (trained, 0123456789ab)',
        'index         g1',
        'images        12,345 ready, 1 failed, 0 deleted',
        'dead letters  1,200 open, 1 being sent again',
        '',
        'stage  reads          partitions  behind  oldest      per second  time left',
        'embed  image-events   1           1,200   1 min 35 s  8.0         2 min 30 s',
        'index  image-vectors  1           0                   1,800',
        '',
        '1,200 events to go.',
      ),
    );
  });

  const summary: ImportSummary = {
    uploaded: 1204,
    skipped: 1,
    alreadyHere: { count: 0, examples: [] },
    ready: 1200,
    waiting: 0,
    refused: [],
    failed: [],
    linkedFolders: [],
    total: 1206,
    interrupted: false,
    unreachable: null,
  };

  test('an import that went well', () => {
    expect(renderImport(summary, encoder, 92_000, PLAIN)).toBe(
      text('1,204 uploaded, 1 already there, 0 refused, 0 failed in 1 min 32 s.', '1,200 pictures are now searchable.'),
    );
  });

  test('an import of pictures that are here under other ids', () => {
    const examples = [
      { imageId: 'a.jpg', as: 'trip/1.jpg', match: 'identical', probability: 1 },
      { imageId: 'b\nc.jpg', as: 'trip/2.jpg', match: 'same-picture', probability: 0.98 },
    ] as const;
    expect(renderImport({ ...summary, alreadyHere: { count: 12, examples } }, encoder, 92_000, PLAIN)).toBe(
      text(
        '1,204 uploaded, 1 already there, 12 already here under other ids, 0 refused, 0 failed in 1 min 32 s.',
        '1,200 pictures are now searchable.',
        '',
        'Already here: 12',
        '    a.jpg is trip/1.jpg',
        '    b\\nc.jpg is the same picture as trip/2.jpg',
        '    and 10 more',
      ),
    );
  });

  test('an import that did not: reasons with names, and how to go on', () => {
    const refused = [
      { code: 'picture-not-recognised', message: 'It is not a picture.', count: 7, names: ['a.txt', 'b\nc.txt'] },
    ];
    const failed = [{ code: 'picture-damaged', message: 'The picture is damaged.', count: 1, names: ['d.jpg'] }];
    const stopped = { ...summary, ready: 0, waiting: 3, refused, failed, interrupted: true };
    expect(renderImport(stopped, untrained, 4_000, PLAIN)).toBe(
      text(
        '1,204 uploaded, 1 already there, 7 refused, 1 failed in 4.0 s.',
        '3 pictures are safe on the server and not yet searchable; see: lookalike status',
        '',
        'Refused: 7 picture-not-recognised. It is not a picture.',
        '    a.txt',
        '    b\\nc.txt',
        '    and 5 more',
        '',
        'Failed: 1 picture-damaged. The picture is damaged.',
        '    d.jpg',
        '',
        'Stopped by Ctrl-C.',
        'To go on, run the same command again: what the server has is not sent twice.',
        ...NOTE,
      ),
    );
  });

  test('the models, with licence and authors', () => {
    const model = {
      file: 'vgg16.onnx',
      sizeBytes: 138_407_238,
      sha256: '0'.repeat(64),
      urls: [],
      licence: 'CC-BY-4.0',
      authors: 'K. Simonyan and A. Zisserman',
      source: 'https://example.org',
    };
    expect(
      renderModels([{ name: 'vgg16-fc2', model, trained: true, path: '', state: 'missing' }], 'data/models', PLAIN),
    ).toBe(
      text(
        'encoder             file         size     licence    authors',
        'vgg16-fc2  trained  not fetched  132 MiB  CC-BY-4.0  K. Simonyan and A. Zisserman',
        '',
        'Files are kept in data/models.',
        'Fetch one: lookalike models fetch NAME    Use one: LOOKALIKE_ENCODER=NAME',
      ),
    );
  });

  test('the settings, and where each comes from', () => {
    const setting = { group: 'server', allowed: '', default: '8080', doc: 'The port.' };
    expect(renderSettings([{ ...setting, env: 'LOOKALIKE_PORT', value: '9000', isSet: true }], PLAIN)).toBe(
      text('setting         value  from', 'LOOKALIKE_PORT  9000   environment  The port.'),
    );
  });
});
