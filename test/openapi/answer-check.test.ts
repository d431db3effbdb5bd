import { AnswerCheck } from './answer-check.js';

const check = new AnswerCheck();
const SEARCH = 'POST /v1/search';
const json = (body: object, status = 200, type = 'application/json') =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': type } });

const STEP = { name: 'query', tookMs: 1 };
const ENCODER = { name: 'x', fingerprint: 'x', trained: true };
const ANSWER = {
  results: [],
  nextCursor: null,
  encoder: ENCODER,
  generation: 'x',
  mode: 'fast',
  warnings: [],
  tookMs: 1,
};
const PROBLEM = { type: 'x', title: 'x', detail: 'x', canRetry: false, status: 400, code: 'invalid-filter' };

describe('an answer is held against the document', () => {
  test.each([
    ['an answer as it is told of', json({ ...ANSWER, steps: [STEP] })],
    ['a problem of the endpoint', json(PROBLEM, 400, 'application/problem+json')],
    ['a problem with facts', json({ ...PROBLEM, least: 16 }, 400, 'application/problem+json')],
  ])('which takes %s', async (_, response) => {
    await expect(check.check(SEARCH, response)).resolves.toBeUndefined();
  });

  test.each([
    ['a status that is not told of', json({}, 206)],
    ['another media type', json(ANSWER, 200, 'text/html')],
    ['a field that is missing', json(ANSWER)],
    ['a field that is not told of', json({ ...ANSWER, steps: [STEP], more: 1 })],
    ['one that is not told of farther in', json({ ...ANSWER, steps: [{ ...STEP, more: 1 }] })],
    ['a value of another type', json({ ...ANSWER, steps: [STEP], mode: 'slow' })],
    ['a code of another endpoint', json({ ...PROBLEM, code: 'invalid-attributes' }, 400, 'application/problem+json')],
  ])('which notices %s', async (_, response) => {
    await expect(check.check(SEARCH, response)).rejects.toThrow(/^POST \/v1\/search/);
  });
});
