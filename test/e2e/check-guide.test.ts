import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { PROJECT_ROOT } from '#testkit';
import { samplePicture } from '../query/sample-pictures.js';
import { guideCommands, typed } from '../rebuild/guide.js';
import { Collection } from './collection.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(180_000);

const GUIDE = 'check-uploads';

describe('the guide to checking uploads', () => {
  const workplace = new Workplace();
  const commands = guideCommands(GUIDE);
  const folders = { '~/Pictures': workplace.path('Pictures'), '~/More': workplace.path('More') };
  let server: ServerProcess;
  let cat: Buffer;
  let edited: Buffer;

  beforeAll(async () => {
    server = await workplace.start();
    cat = await samplePicture('locomotion-house-cat');
    edited = await sharp(cat).flop().resize(500).jpeg({ quality: 60 }).toBuffer();
    await collection().visible(await collection().add('cat', cat));
    for (const it of Object.values(folders)) mkdirSync(it);
    writeFileSync(join(folders['~/Pictures'], 'again.jpg'), cat);
    writeFileSync(join(folders['~/Pictures'], 'edited.jpg'), edited);
    writeFileSync(join(folders['~/Pictures'], 'boats.jpg'), await samplePicture('nagasaki-boats'));
    writeFileSync(join(folders['~/More'], 'edited.jpg'), edited);
    writeFileSync(join(folders['~/More'], 'canyon.jpg'), await samplePicture('black-canyon'));
  });
  afterAll(() => workplace.remove());

  const collection = () => new Collection(() => server.url);
  const section = (heading: string) => {
    const [command = ''] = commands.get(heading) ?? [];
    return typed(command, { LOOKALIKE_URL: server.url }, folders);
  };

  test('its commands are all of those sections that are followed here', () => {
    expect([...commands].map(([heading, { length }]) => [heading, length])).toEqual([
      ['Leave out what is here', 1],
      ['Take it and be told', 1],
    ]);
  });

  test('what is here is left out, and named', async () => {
    const said = await section('Leave out what is here');
    expect(said).toMatch(/^1 uploaded, 0 already there, 2 already here under other ids, 0 refused, 0 failed/);
    expect(said).toContain('again.jpg is cat\n');
    expect(said).toContain('edited.jpg is the same picture as cat\n');
    expect((await collection().image('again.jpg')).body.code).toBe('image-unknown');
  });

  test('what is here is taken, and told', async () => {
    expect(JSON.parse(await section('Take it and be told'))).toMatchObject({
      uploaded: 2,
      ready: 2,
      alreadyHere: {
        count: 1,
        examples: [{ imageId: 'edited.jpg', as: 'cat', match: 'same-picture', probability: expect.any(Number) }],
      },
    });
  });

  test('a program is answered as the guide shows', async () => {
    const text = readFileSync(join(PROJECT_ROOT, 'docs/how-to', `${GUIDE}.md`), 'utf8');
    const [, command = ''] = /^```sh\n(curl .*)\n```$/m.exec(text) ?? [];
    const [, shown = ''] = /^```json\n(.*)\n```$/m.exec(text) ?? [];
    writeFileSync(workplace.path('photo.jpg'), edited);
    const curl = command.replace('http://127.0.0.1:8080', server.url);
    const { stdout } = await promisify(execFile)('bash', ['-c', curl], { cwd: workplace.folder });
    const { duplicates, ...rest } = JSON.parse(shown);
    const [first] = duplicates;
    // By now the edited picture is here as well, and surer.
    const surest = { imageId: 'edited.jpg', match: 'identical', probability: expect.any(Number) };
    expect(JSON.parse(stdout)).toMatchObject({
      ...rest,
      detail: 'This file is already here as "edited.jpg".',
      duplicates: [surest, { ...first, probability: expect.closeTo(first.probability, 2) }],
    });
  });
});
