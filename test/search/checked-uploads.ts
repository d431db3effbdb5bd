import sharp from 'sharp';
import { sha256Of } from '#testkit';
import type { Collection } from '../e2e/collection.js';
import { form, json, send } from '../ingest/requests.js';
import { samplePicture } from '../query/sample-pictures.js';

export interface Checked {
  readonly collection: Collection;
  readonly ingestUrl: string;
}

/** Uploads that are checked against a collection, on real applications. */
export function checkedUploads(checked: () => Checked): void {
  let cat: Buffer;
  let edited: Buffer;
  beforeAll(async () => {
    const { collection } = checked();
    cat = await samplePicture('locomotion-house-cat');
    edited = await sharp(cat).rotate(90).resize(400).jpeg({ quality: 50 }).toBuffer();
    const images = [
      await collection.add('cat', cat),
      await collection.add('boats', await samplePicture('nagasaki-boats')),
    ];
    for (const it of images) await collection.visible(it);
  });

  const upload = (imageId: string, picture: Buffer, check: string) =>
    send(`${checked().ingestUrl}/v1/images?check=${check}`, {
      method: 'POST',
      body: form(['imageId', imageId], ['file', picture]),
    });
  const expectUnknown = async (imageId: string) =>
    expect((await checked().collection.image(imageId)).body.code).toBe('image-unknown');

  test('a file that is here is refused under another id, and is no image then', async () => {
    expect(await upload('again', cat, 'refuse')).toMatchObject({
      status: 409,
      body: { code: 'already-here', duplicates: [{ imageId: 'cat', match: 'identical' }] },
    });
    await expectUnknown('again');
  });

  test('a picture that is here is told edited and turned too', async () => {
    const answer = await upload('edited', edited, 'refuse');
    expect(answer).toMatchObject({
      status: 409,
      body: {
        detail: 'The same picture is already here as "cat".',
        duplicates: [{ imageId: 'cat', match: 'same-picture' }],
      },
    });
    expect(answer.body.duplicates[0].probability).toBeGreaterThan(0.9);
    await expectUnknown('edited');
  });

  test('a blob that is stored already is checked as its picture is, and is nobody else by its own id', async () => {
    const uri = `blob:${sha256Of(cat)}`;
    const ask = (imageId: string) =>
      send(`${checked().ingestUrl}/v1/images/${imageId}?check=refuse`, json('PUT', { uri }));
    expect(await ask('by-blob')).toMatchObject({ status: 409, body: { duplicates: [{ imageId: 'cat' }] } });
    expect(await ask('cat')).toMatchObject({ status: 202, body: { imageId: 'cat', duplicates: [] } });
  });

  test('a picture that is not here is taken', async () => {
    const canyon = await samplePicture('black-canyon');
    expect(await upload('canyon', canyon, 'refuse')).toMatchObject({ status: 202, body: { duplicates: [] } });
  });

  test('a picture that is to be reported is taken, with what it is a copy of', async () => {
    const answer = await upload('edited', edited, 'report');
    expect(answer).toMatchObject({ status: 202, body: { duplicates: [{ imageId: 'cat', match: 'same-picture' }] } });
    expect(await checked().collection.visible(answer.body)).toMatchObject({ state: 'ready' });
  });

  test('a picture that does not decode is refused at once', async () => {
    const damaged = cat.subarray(0, 20_000);
    expect(await upload('damaged', damaged, 'report')).toMatchObject({
      status: 422,
      body: { code: 'picture-damaged' },
    });
    await expectUnknown('damaged');
  });
}
