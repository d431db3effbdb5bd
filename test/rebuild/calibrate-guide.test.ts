import { Collection } from '../e2e/collection.js';
import { LABELLING } from '../e2e/encoders.js';
import { describeWithSharedPhotos, pictures } from '../e2e/photos.js';
import { type ServerProcess, Workplace } from '../e2e/server-process.js';
import { AnswerCheck } from '../openapi/answer-check.js';
import { guideCommands, typed } from './guide.js';

jest.setTimeout(600_000);

/** As few as are enough. */
const IMAGES = 30;

describeWithSharedPhotos('the guide to calibrating', () => {
  const workplace = new Workplace(LABELLING);
  const commands = guideCommands('calibrate');
  let server: ServerProcess;
  beforeAll(async () => {
    server = await workplace.start();
    const collection = new Collection(() => server.url);
    const photos = await pictures(IMAGES);
    const all = await collection.addAll(photos.map(({ name, bytes }) => [name, bytes] as const));
    for (const it of all) await collection.visible(it);
  });
  afterAll(() => workplace.remove());

  const section = async (heading: string) => {
    const [command = ''] = commands.get(heading) ?? [];
    return typed(command, { LOOKALIKE_URL: server.url });
  };
  const present = async () => {
    const response = await fetch(`${server.url}/v1/calibration`);
    const body = await response.clone().json();
    await new AnswerCheck().check('GET /v1/calibration', response);
    return body as { vectors: unknown; calibration: { measured: { images: number; edits: number } } | null };
  };

  test('its commands are all of those sections that are followed here', () => {
    expect([...commands].map(([heading, { length }]) => [heading, length])).toEqual([
      ['See what it would change', 1],
      ['Calibrate', 1],
    ]);
  });

  test('a dry run measures, and stores nothing', async () => {
    const said = await section('See what it would change');
    expect(said).toMatch(/^30 images in 29 edits each, \d\d,\d{3} pairs of strangers/);
    expect(said).toMatch(/turned by 90° +hard +\d/);
    expect(said).toContain('Nothing was stored.');
    expect(await present()).toMatchObject({
      vectors: [{ vector: 'embedding', model: 'pictures-alone' }],
      calibration: null,
    });
  });

  test('a calibration is what the encoder goes by', async () => {
    expect(await section('Calibrate')).toContain('Stored:');
    expect(await present()).toMatchObject({
      vectors: [{ vector: 'embedding', model: 'calibrated' }],
      calibration: { measured: { images: IMAGES, edits: 29 }, by: null },
    });
  });
});
