import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { FakeServer } from '../../test/fake-server.js';
import { type Ended, runCommand } from '../../test/run-command.js';

const member = (imageId: string) => ({ imageId, sha256: 'a'.repeat(64) });
const group = (name: string) => ({
  sha256: 'a'.repeat(64),
  images: 2,
  savedBytes: 1,
  members: [member(`${name}/1`), member(`${name}/2`)],
});
const PAGE = { groups: [group('cat'), group('dog')], totals: {}, waiting: null, nextCursor: null };
const DECIDED = { id: 'first', decision: 'resolve', kept: [member('cat/1')], removed: [member('cat/2')] };

const send = (response: ServerResponse, status: number, body: object) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const KEPT = { decision: 'keep', kept: [], removed: [], at: '2026-01-01T00:00:00.000Z', by: null, isUndone: false };
const refusal = (code: string, status: number) => ({ type: 'urn:x', title: 'No', detail: 'It is so.', code, status });

let server: FakeServer;
beforeAll(async () => {
  server = await FakeServer.start();
});
afterAll(() => server.stop());

describe('all groups are resolved', () => {
  /** @param answers to the decisions, in their order. */
  const resolveAll = (...answers: readonly ((response: ServerResponse) => void)[]): Promise<Ended> => {
    const waiting = [...answers];
    server.interfere = ({ method }, response) => {
      if (method === 'GET') send(response, 200, PAGE);
      else waiting.shift()?.(response);
      return true;
    };
    return runCommand(['duplicates', 'resolve', '--all', '--yes', '--url', server.url]);
  };
  const decided = (response: ServerResponse) => send(response, 200, DECIDED);
  const changed = (response: ServerResponse) => send(response, 409, refusal('image-changed', 409));

  test('those that changed meanwhile are told of, also where there were no others', async () => {
    expect(await resolveAll(decided, changed)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/Deleted 1 image of 1 group[\s\S]*1 group changed meanwhile and stayed as it was/),
    });
    const { stdout } = await resolveAll(changed, changed);
    expect(stdout).toBe('2 groups changed meanwhile and stayed as they were: do it again.\n');
  });

  test('a fault in the middle hides nothing of what was deleted before, and is not asked for again', async () => {
    const cut = (response: ServerResponse) => response.destroy();
    const ended = await resolveAll(decided, cut, decided);
    expect(ended.stdout).toContain('Deleted 1 image of 1 group');
    expect(ended.stderr).toContain('the connection was cut');
    expect(ended.code).not.toBe(0);
  });
});

test('several decisions are taken back one after another, and those before one that is refused are told', async () => {
  server.interfere = ({ url = '' }, response) => {
    const [, id] = /decisions\/(\w+)\/undo/.exec(url) ?? [];
    if (id === 'unknown') send(response, 404, refusal('decision-unknown', 404));
    else if (id === 'earlier') send(response, 409, refusal('decision-undone', 409));
    else send(response, 200, { id: `of ${id}`, decision: 'undo', kept: [], removed: [], undoes: id });
    return true;
  };
  const undo = (...ids: string[]) => runCommand(['duplicates', 'undo', ...ids, '--url', server.url]);
  expect(await undo('one', 'two')).toMatchObject({ code: 0, stdout: 'Took back one.\nTook back two.\n' });
  expect(await undo('one', 'unknown', 'two')).toMatchObject({
    code: 1,
    stdout: 'Took back one.\n',
    stderr: expect.stringContaining('It ended at unknown. Not tried: two\n'),
  });
  expect(await undo('earlier', 'two')).toMatchObject({
    code: 0,
    stdout: 'Took back two.\n',
    stderr: 'earlier was taken back already.\n',
  });
  expect(await undo('earlier')).toMatchObject({ code: 1, stdout: '' });
});

test('an image that nobody knows is refused as a search for it is, and nothing is decided', async () => {
  const asked: (string | undefined)[] = [];
  server.interfere = ({ method }, response) => {
    asked.push(method);
    send(response, 404, refusal('image-unknown', 404));
    return true;
  };
  expect(await runCommand(['duplicates', 'resolve', 'a.jpg', 'b.jpg', '--yes', '--url', server.url])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no image "a.jpg".\n'),
  });
  expect(asked).toEqual(['GET']);
});

test('as many decisions are listed as are asked for, page by page, and it is said where there are older ones', async () => {
  const asked: (string | undefined)[] = [];
  server.interfere = ({ url = '' }, response) => {
    asked.push(url.split('?')[1]);
    const { searchParams } = new URL(url, server.url);
    const from = Number(searchParams.get('cursor') ?? 0);
    const to = from + Number(searchParams.get('limit'));
    const decisions = Array.from({ length: to - from }, (_, at) => ({ id: `d${from + at}`, ...KEPT }));
    send(response, 200, { decisions, nextCursor: `${to}` });
    return true;
  };
  const listed = (limit: string) => runCommand(['duplicates', 'decisions', '--limit', limit, '--url', server.url]);
  const { code, stdout } = await listed('150');
  expect(code).toBe(0);
  expect(asked).toEqual(['limit=100', 'limit=50&cursor=100']);
  expect(stdout.match(/\bd\d+\b/g)).toHaveLength(150);
  expect(stdout).toContain('There are older ones; see more by --limit 1500.');
  const long = await listed('20000');
  expect(long.stdout.match(/\bd\d+\b/g)).toHaveLength(20_000);
  expect(long.stdout).toContain('see more by --limit 100000.');
});

test('of all groups those images can be resolved that have the same bytes', async () => {
  const image = (imageId: string, sha256: string) => ({ ...member(imageId), sha256 });
  const groups = [
    { ...group('cat'), members: [image('a', '1'), image('b', '2'), image('c', '1'), image('d', '2'), image('e', '3')] },
    { ...group('dog'), members: [image('f', '4'), image('g', '5')] },
  ];
  const decided: unknown[] = [];
  const decide = async (request: IncomingMessage, response: ServerResponse) => {
    decided.push(await json(request));
    send(response, 200, DECIDED);
  };
  server.interfere = (request, response) => {
    if (request.method === 'GET') send(response, 200, { ...PAGE, groups });
    else void decide(request, response);
    return true;
  };
  const flags = ['--all', '--identical', '--yes', '--url', server.url];
  expect(await runCommand(['duplicates', 'resolve', ...flags])).toMatchObject({ code: 0 });
  expect(decided).toMatchObject([
    { decision: 'resolve', images: [{ imageId: 'a' }, { imageId: 'c' }], delete: true },
    { decision: 'resolve', images: [{ imageId: 'b' }, { imageId: 'd' }], delete: true },
  ]);
  const named = await runCommand(['duplicates', 'resolve', 'a', 'b', '--identical', '--url', server.url]);
  expect(named).toMatchObject({ code: 2, stderr: expect.stringContaining('--identical goes with --all') });
});
