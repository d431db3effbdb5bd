import { Writable } from 'node:stream';
import { LookalikeError } from '#core';
import { ApiProblem, ServerUnreachable, StandaloneDidNotStart, UsageError } from '../api/errors.js';
import { commandLine } from './command-name.js';
import { explain } from './explain.js';
import { createProgress, progressLine, withProgress } from './progress.js';
import { COLOURED, PLAIN, styleFor } from './style.js';
import { bytes, cut, duration, grouped, printable } from './text.js';

test.each([
  [0, '0'],
  [999, '999'],
  [1234567, '1,234,567'],
])('%d is written %s', (n, text) => {
  expect(grouped(n)).toBe(text);
});

test.each([
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [33_554_432, '32 MiB'],
])('%d bytes are %s', (n, text) => {
  expect(bytes(n)).toBe(text);
});

test.each([
  [1234, '1.2 s'],
  [59_000, '59 s'],
  [92_000, '1 min 32 s'],
  [3_780_000, '1 h 3 min'],
])('%d ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('a name is printed so that it does nothing', () => {
  expect(printable('a\nb\t\u001b[31m\u202egpj.exe\ud800 ü🐎')).toBe('a\\nb\\t\\u{1b}[31m\\u{202e}gpj.exe\ufffd ü🐎');
});

test('a long text is cut by characters', () => {
  expect(cut('🐎🐎🐎', 2)).toBe('🐎…');
  expect(cut('🐎🐎', 2)).toBe('🐎🐎');
});

describe('progress', () => {
  test.each([
    [{ done: 1204, total: 9000, elapsedMs: 14_165 }, 'Importing: 1,204 of 9,000, 13%, 85/s, 1 min 32 s left'],
    [{ done: 3, total: null, elapsedMs: 2_000 }, 'Importing: 3 so far, 1.5/s'],
    [{ done: 0, total: 5, elapsedMs: 0 }, 'Importing: 0 of 5, 0%'],
    [{ done: 5, total: 5, elapsedMs: 1_000 }, 'Importing: 5 of 5, 100%, 5/s'],
    [{ done: 0, total: 0, elapsedMs: 1_000 }, 'Importing: 0 of 0'],
  ])('%j', (snapshot, line) => {
    expect(progressLine({ label: 'Importing', ...snapshot })).toBe(line);
  });

  test('is a line now and then where nobody looks on, and always the last one', () => {
    const written: string[] = [];
    const stream = new Writable({ write: (chunk, _, done) => done(void written.push(String(chunk))) });
    const progress = createProgress(stream, { everyMs: 60_000 });
    for (let done = 0; done <= 100; done += 1) progress.update('A', done, 100);
    progress.update('B', 1, 2);
    progress.stop();
    expect(written.join('')).toMatch(/^A: 100 of 100, 100%.*\nB: 1 of 2, 50%.*\n$/);
    expect(written.join('')).not.toContain('\u001b');
  });

  test('gives the cursor back when the work fails', async () => {
    const written: string[] = [];
    const stream = new Writable({ write: (chunk, _, done) => done(void written.push(String(chunk))) });
    const work = withProgress(createProgress(Object.assign(stream, { isTTY: true })), async (progress) => {
      progress.update('A', 1, 2);
      throw new Error('gone');
    });
    await expect(work).rejects.toThrow('gone');
    expect(written.join('').split('\u001b[?25h')).toHaveLength(2);
  });
});

test.each([
  [{ isTTY: true }, {}, COLOURED],
  [{ isTTY: false }, {}, PLAIN],
  [{ isTTY: true }, { NO_COLOR: '1' }, PLAIN],
  [{ isTTY: true }, { NO_COLOR: '' }, COLOURED],
  [{ isTTY: true }, { TERM: 'dumb' }, PLAIN],
])('colour for %j with %j', (stream, env, style) => {
  expect(styleFor(stream, env as NodeJS.ProcessEnv)).toBe(style);
});

describe('errors say what was wrong and what to do', () => {
  const problem = {
    code: 'invalid-request',
    title: 'Invalid',
    detail: 'One field is wrong.',
    canRetry: false,
    facts: {},
  };
  test.each([
    [
      new ApiProblem(400, { ...problem, errors: [{ field: 'limit', rule: 'must be 1 to 100' }] }, null),
      { lines: ['One field is wrong.', '  limit must be 1 to 100'], code: 'invalid-request', exitCode: 1 },
    ],
    [
      new ApiProblem(503, { ...problem, code: 'overloaded', canRetry: true, errors: [] }, null),
      { lines: ['One field is wrong.', 'Try again in a moment.'], code: 'overloaded', exitCode: 1 },
    ],
    [
      new ApiProblem(
        429,
        {
          ...problem,
          code: 'too-many-requests',
          detail: 'Too many wait. Try again in a moment.',
          canRetry: true,
          errors: [],
        },
        1000,
      ),
      { lines: ['Too many wait. Try again in a moment.'], code: 'too-many-requests', exitCode: 1 },
    ],
    [
      new ServerUnreachable('http://localhost:1', 'nobody listens there'),
      {
        lines: [
          'No answer from http://localhost:1: nobody listens there.',
          'Is it running? Start it with: lookalike up',
          'Is it elsewhere? Say where: --url URL',
        ],
        code: 'server-unreachable',
        exitCode: 3,
      },
    ],
    [new UsageError('Wrong.', 'Do this.'), { lines: ['Wrong.', 'Do this.'], code: 'usage', exitCode: 2 }],
    [
      new StandaloneDidNotStart('The server did not start (1).', ['model-missing: No file.']),
      {
        lines: ['The server did not start (1).', 'It wrote:', '  model-missing: No file.'],
        code: 'server-did-not-start',
        exitCode: 1,
      },
    ],
    [new LookalikeError('model-missing', 'No file.'), { lines: ['No file.'], code: 'model-missing', exitCode: 1 }],
    [
      new TypeError('x is not a function'),
      { lines: ['Unexpected: x is not a function'], code: 'internal', exitCode: 1 },
    ],
  ])('%s', (error, explanation) => {
    expect(explain(error)).toEqual(explanation);
  });
});

test.each([
  [{}, 'lookalike up'],
  [{ npm_lifecycle_event: 'lookalike' }, 'npm run lookalike -- up'],
  [{ npm_lifecycle_event: 'quickstart' }, 'npm run lookalike -- up'],
  [{ npm_lifecycle_event: 'test' }, 'lookalike up'],
])('with %j the command is written %s', (env, text) => {
  expect(commandLine('up', env as NodeJS.ProcessEnv)).toBe(text);
});
