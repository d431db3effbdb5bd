import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describeWithModels, describeWithPhotos, sharedManifest, sharedModelFile } from '#testkit';
import { Collection, idsOf } from '../e2e/collection.js';
import { SHARED } from '../e2e/encoders.js';
import { type Photo, passedOn, sharedPhotos } from '../e2e/photos.js';
import { type ServerProcess, Workplace } from '../e2e/server-process.js';
import { typed } from './guide.js';

jest.setTimeout(600_000);

const PHOTOS = 30;

/** From the encoder of the first start to the last: layers of one model, and another model. */
const CHANGES = [
  ['the first fully connected layer', 'vgg16-int8', 'fc1'],
  ['the pooled convolution', 'vgg16-int8', 'pooled'],
  ['another model', 'mobilenet', 'embedding'],
] as const;

describeWithPhotos('the encoder of a collection', () => {
  describeWithModels('of real photos', () => {
    const workplace = new Workplace(SHARED);
    const collection = new Collection(() => server.url);
    let server: ServerProcess;
    let photos: readonly Photo[];

    beforeAll(async () => {
      const models = workplace.path('models');
      mkdirSync(models);
      for (const model of ['vgg16-int8', 'mobilenet'] as const) {
        const file = await sharedModelFile(model);
        symlinkSync(file, join(models, basename(file)));
      }
      server = await workplace.start({ LOOKALIKE_MODELS_DIR: models });
      photos = sharedPhotos(0, PHOTOS);
      const added = await collection.addAll(photos.map(({ name, bytes }) => [name, bytes] as const));
      for (const it of added) await collection.visible(it);
    });
    afterAll(() => workplace.remove());

    test.each(CHANGES)('is changed to %s while it is searched', async (_, model, layer) => {
      const manifest = workplace.path(`${model}-${layer}.json`);
      writeFileSync(manifest, JSON.stringify(sharedManifest(model, layer)));
      const type = (command: string) => typed(command, { LOOKALIKE_URL: server.url }, { FILE: manifest });
      const plan = JSON.parse(await type('lookalike reindex start --encoder FILE --dry-run --json'));
      expect(plan).toMatchObject({ images: PHOTOS, toEmbed: PHOTOS });
      await type('lookalike reindex start --encoder FILE --switch --watch');
      const status = await collection.status();
      expect([status.encoder.name, status.images]).toEqual([
        `${model}-${layer}`,
        { ready: PHOTOS, failed: 0, deleted: 0 },
      ]);
      const [photo] = photos as [Photo];
      expect(idsOf(await collection.search(await passedOn(photo.bytes), 3))[0]).toBe(photo.name);
      expect(await type('lookalike audit --vectors all --blob-bytes')).toMatch(/^Clean/);
      await type('lookalike reindex drop');
    });
  });
});
