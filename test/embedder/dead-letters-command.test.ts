import { IMAGE_EVENTS_TOPIC } from '#core';
import { addedEvent, eventually, MemoryVectorIndex, plainPicture, stateOf } from '#testkit';
import { runCommand } from '../../apps/cli/test/run-command.js';
import { send } from '../ingest/requests.js';
import { EmbedderServer } from './embedder-server.js';

const LATE = plainPicture('late');

describe('lookalike dead-letters', () => {
  let server: EmbedderServer;
  beforeEach(async () => {
    server = await new EmbedderServer(new MemoryVectorIndex()).start();
    const events = ['b.jpg', 'a.jpg'].map((it) => addedEvent(it, stateOf(LATE)));
    await server.log.append(IMAGE_EVENTS_TOPIC, [...events, { key: 'x', value: Buffer.from('{'), headers: {} }]);
    await stateCounts({ open: 3 });
  });
  afterEach(() => server.stop());

  const run = (...args: string[]) => runCommand(['dead-letters', ...args], { LOOKALIKE_URL: server.url });

  async function stateCounts(wanted: object): Promise<void> {
    await eventually(async () => {
      expect((await send(`${server.url}/v1/status`)).body.deadLetters).toMatchObject(wanted);
    });
  }

  async function idOf(image: string): Promise<string> {
    return JSON.parse((await run('list', '--image', image, '--json')).stdout).letters[0].id;
  }

  test('list shows what is open, or what is asked for', async () => {
    const { stdout, code } = await run('list');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^letter +state +set aside +reason +image\n/);
    expect(stdout).toMatch(/^0-\d +open +\d{4}-.*Z +blob-missing +a\.jpg$/m);
    expect(stdout).toMatch(/^0-\d +open +\d{4}-.*Z +invalid-event +x$/m);
    expect(stdout).toContain('3 letters; one in full: lookalike dead-letters show LETTER');
    expect((await run('list', '--limit', '2')).stdout).toContain('There are more');
    expect((await run('list', '--state', 'discarded')).stdout).toBe('There are no such dead letters.\n');
    const { letters, more } = JSON.parse((await run('list', '--reason', 'invalid-event', '--json')).stdout);
    expect({ count: letters.length, more }).toEqual({ count: 1, more: false });
    const refused = await run('list', '--since', 'yesterday');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('since must be an ISO 8601 time') });
  });

  test('show prints one with its original', async () => {
    const { stdout } = await run('show', await idOf('a.jpg'));
    expect(stdout).toMatch(/^reason +blob-missing: /m);
    expect(stdout).toMatch(/^event +image-events, partition 0, offset 1, at /m);
    expect(stdout).toMatch(/^ce_subject +a\.jpg$/m);
    expect(stdout).toContain(`"uri":"${stateOf(LATE).uri}"`);
    const unknown = await run('show', '0-99');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('There is no dead letter with this id.\n');
    expect(unknown.stderr).toContain('dead-letters list');
  });

  test('redrive and discard do what they say to one', async () => {
    await server.blobs.put(LATE, { maxBytes: 1000 });
    const id = await idOf('a.jpg');
    const { stdout, code } = await run('redrive', id);
    expect(stdout).toMatch(new RegExp(`^${id} +redriv`));
    expect(code).toBe(0);
    await stateCounts({ redriven: 1 });
    const other = await idOf('x');
    expect(JSON.parse((await run('discard', other, '--json')).stdout)).toEqual({
      action: 'discard',
      letters: [{ id: other, state: 'discarded' }],
    });
    // What is over stays so.
    expect((await run('discard', id)).stdout).toBe(`${id}  redriven\n`);
  });

  test('all with a reason need --yes', async () => {
    const asked = await run('redrive', '--reason', 'blob-missing');
    expect(asked).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('add --yes') });
    await stateCounts({ open: 3 });
    await server.blobs.put(LATE, { maxBytes: 1000 });
    const done = await run('redrive', '--reason', 'blob-missing', '--yes');
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('Sending 2 letters again.') });
    await stateCounts({ open: 1, redriven: 2 });
    expect(JSON.parse((await run('discard', '--reason', 'invalid-event', '--yes', '--json')).stdout)).toEqual({
      action: 'discard',
      count: 1,
    });
    expect((await run('discard', '--reason', 'invalid-event', '--yes')).stdout).toBe('There is no such open letter.\n');
  });
});
