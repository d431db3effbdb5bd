import { pino } from 'pino';
import { eventually } from '#testkit';
import { startIngest } from './ingest-server.js';
import { form, PHOTO, send } from './requests.js';

test('the line of an accepted request names the image and its position, and nothing that was sent', async () => {
  // biome-ignore lint/suspicious/noExplicitAny: lines have many forms
  const lines: any[] = [];
  const logger = pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) });
  const server = await startIngest({ logger });
  try {
    const parts = form(['imageId', 'cat'], ['attributes', '{"album": "private"}'], ['file', PHOTO]);
    const added = await send(`${server.url}/v1/images`, { method: 'POST', body: parts });
    await send(`${server.url}/v1/images/none`, { method: 'PATCH' });
    const of = (method: string) => lines.find(({ req }) => req?.method === method);
    await eventually(() => expect(of('PATCH')).toBeDefined());
    expect(of('POST')).toMatchObject({ res: { status: 202 }, imageId: 'cat', position: added.body.position });
    expect(of('PATCH')).not.toHaveProperty('position');
    expect(JSON.stringify(lines)).not.toContain('private');
  } finally {
    await server.close();
  }
});
