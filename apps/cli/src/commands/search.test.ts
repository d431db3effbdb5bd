import sharp from 'sharp';
import { loadSettings } from '#config';
import { FakeServer } from '../../test/fake-server.js';
import type { Context } from '../context.js';
import { PLAIN } from '../terminal/style.js';
import { searchCommand } from './search.js';

describe('a search shows pictures beside its results', () => {
  let server: FakeServer;
  let thumbnail: Buffer;

  beforeAll(async () => {
    thumbnail = await sharp({ create: { width: 12, height: 8, channels: 3, background: '#00ff00' } })
      .webp({ lossless: true })
      .toBuffer();
    server = await FakeServer.start();
    server.interfere = ({ method, url }, response) => {
      if (method === 'POST') {
        const results = ['a', 'b'].map((imageId) => ({ imageId, score: 0.5, attributes: {} }));
        const answer = { results, encoder: { name: 'e', fingerprint: 'f', trained: true }, tookMs: 1, mode: 'fast' };
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ ...answer, generation: 'g', warnings: [] }));
      } else if (url?.startsWith('/v1/images/a/')) {
        response.writeHead(200, { 'content-type': 'image/webp' }).end(thumbnail);
      } else response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
      return true;
    };
  });
  afterAll(() => server.stop());

  const printed = async (terminal: boolean, pictures: boolean) => {
    let text = '';
    const print = (it: string) => {
      text += it;
    };
    const stopped = new AbortController().signal;
    const context: Context = {
      ...{ settings: loadSettings({}), style: PLAIN, stopped, print, say: () => {} },
      showsPictures: terminal,
    };
    const options = { url: server.url, limit: 2, include: [], id: true, json: false, pictures };
    await searchCommand(context, 'cat', options);
    return text.split('\n');
  };

  test('where the terminal can, and where they are had', async () => {
    const lines = await printed(true, true);
    expect(lines[0]).toMatch(/^ {18}score/);
    expect(lines[1]).toMatch(/0;255;0.*\u2580.*0\.500.* a$/);
    expect(lines[2]).toContain('0;255;0');
    const second = lines.findIndex((it) => / b$/.test(it));
    expect(second).toBe(1 + 5 + 1);
    expect(lines[second]).toMatch(/^ {18}0\.500/);
  });

  test('and not where it cannot, or nobody wants them', async () => {
    for (const [terminal, pictures] of [
      [false, true],
      [true, false],
    ] as const) {
      expect((await printed(terminal, pictures)).slice(0, 3)).toEqual([
        expect.stringMatching(/^score/),
        expect.stringMatching(/^0\.500 .* a$/),
        expect.stringMatching(/^0\.500 .* b$/),
      ]);
    }
  });
});
