import { eventually } from '#testkit';
import type { Collection } from '../e2e/collection.js';
import { type Photo, passedOn, pictures } from '../e2e/photos.js';
import { guideCommands, typed } from './guide.js';
import { SearchStorm } from './search-storm.js';

/** A profile at work, as the guide's reader has it. */
export interface Profile {
  readonly collection: Collection;
  /** Where the command line finds it. */
  readonly env: Readonly<Record<string, string>>;
  /** The file of an encoder of the reader's own, in place of the guide's shipped one. */
  readonly encoderFile: string;
  /** Deletes the whole index, while everything runs. */
  loseIndex(): Promise<void>;
}

const PHOTOS = 52;
/** Of those that are asked for after each step; all of them, by picture and by id, when the index was lost. */
const ASKED = 10;
/** Stands in the guide for that of the reader's own. */
const SOME_FINGERPRINT = '0123456789abcdef';

interface Recorded {
  readonly generation: string;
  readonly results: readonly object[];
}

/** It goes by how many images there are, which is counted again after some seconds only. */
function withoutProbability(result: object): object {
  return { ...result, probability: undefined };
}

/** Types the guide from its first to its last command, while somebody searches, and looks at what each section promises. */
export function followingTheGuide(profile: () => Profile): void {
  const commands = guideCommands('reindex');
  const collection = () => profile().collection;
  let photos: readonly Photo[] = [];
  let storm: SearchStorm;
  /** Of the encoder that was changed to and back from. */
  let unused = '';

  const section = async (heading: string): Promise<string> => {
    let last = '';
    for (const command of commands.get(heading) ?? []) {
      last = await typed(command, profile().env, { 'vgg16-fc1': profile().encoderFile, [SOME_FINGERPRINT]: unused });
    }
    return last;
  };
  const live = async () => (await collection().status()).generation as string;
  const answers = async (asked = ASKED): Promise<Recorded[]> => {
    const recorded: Recorded[] = [];
    for (const { name, bytes } of photos.slice(1, 1 + asked)) {
      const byPicture = await collection().search(await passedOn(bytes), 5);
      const byId = await collection().search(name, 5);
      recorded.push(byPicture, byId);
    }
    return recorded.map(({ generation, results }) => ({ generation, results: results.map(withoutProbability) }));
  };
  const resultsOf = (recorded: readonly Recorded[]) => recorded.map(({ results }) => results);
  const generationsOf = (recorded: readonly Recorded[]) => [...new Set(recorded.map(({ generation }) => generation))];

  beforeAll(async () => {
    photos = await pictures(PHOTOS);
    const [first, second] = photos as [Photo, Photo];
    const all = await collection().addAll(photos.map(({ name, bytes }) => [name, bytes] as const));
    for (const it of all) await collection().visible(it);
    await collection().visible(await collection().delete(first.name));
    storm = new SearchStorm(collection(), await passedOn(second.bytes), second.name);
  });
  afterAll(() => storm?.end());

  test('its commands are all of those sections that are followed here', () => {
    expect([...commands.keys()]).toEqual([
      'See what it costs',
      'Rebuild',
      'Change the encoder',
      'Go back',
      'Drop the vectors of an old encoder',
      'Audit',
      'When the index is lost',
    ]);
  });

  test('a plan costs nothing', async () => {
    const before = await live();
    expect(await section('See what it costs')).toMatch(/to embed +none.*Nothing was started/s);
    expect(await live()).toBe(before);
  });

  test('a rebuilt index gives the same answers', async () => {
    const before = await answers();
    const { name } = photos[1] as Photo;
    const { generation, nextCursor } = (await collection().page(name, 5)).body;
    expect(await section('Rebuild')).toContain('reindex rollback');
    const after = await answers();
    expect(generationsOf(after)).toEqual([await live()]);
    expect(generationsOf(after)).not.toEqual(generationsOf(before));
    expect(resultsOf(after)).toEqual(resultsOf(before));
    // A page that was begun before goes on where it began, until that is gone.
    expect(await collection().page(name, 5, nextCursor)).toMatchObject({ status: 200, body: { generation } });
    // Room for the next one.
    await typed('lookalike reindex drop', profile().env);
    await eventually(async () => {
      const late = await collection().page(name, 5, nextCursor);
      expect(late).toMatchObject({ status: 410, body: { code: 'cursor-expired' } });
    }, 30_000);
  });

  test('another encoder takes over, and one step goes back, with what was deleted since', async () => {
    const [before, fingerprint] = [await answers(), (await collection().status()).encoder.fingerprint];
    await section('Change the encoder');
    unused = (await collection().status()).encoder.fingerprint;
    expect(unused).not.toBe(fingerprint);
    expect(resultsOf(await answers())).not.toEqual(resultsOf(before));
    const [, , third] = photos as [Photo, Photo, Photo];
    await collection().visible(await collection().delete(third.name));
    await section('Go back');
    expect((await collection().status()).encoder.fingerprint).toBe(fingerprint);
    await eventually(async () => expect((await collection().image(third.name)).body.state).toBe('deleted'));
    const names = (await collection().search(await passedOn(third.bytes), 20)).results.map(({ imageId }) => imageId);
    expect(names).not.toContain(third.name);
    photos = photos.filter((it) => it !== third);
  });

  test('what the other encoder made is told to be kept, until it is dropped', async () => {
    const status = () => typed('lookalike reindex status', profile().env);
    await eventually(async () => expect(await status()).toContain(`(${unused}) are kept`), 30_000);
    const before = await answers();
    expect(await section('Drop the vectors of an old encoder')).not.toContain(unused);
    expect(await status()).not.toContain(unused);
    expect(resultsOf(await answers())).toEqual(resultsOf(before));
  });

  test('an audit finds nothing that is not as the log has it', async () => {
    expect(await section('Audit')).toMatch(/^Clean: .*0 images mended\./s);
  });

  test('no search failed meanwhile, and none was answered by two', async () => {
    const { failures, answers } = await storm.end();
    expect(failures).toEqual([]);
    expect(answers.size).toBeGreaterThanOrEqual(3);
  });

  test('an index that is lost comes back with the same answers', async () => {
    const before = await answers(photos.length);
    expect(before).toHaveLength(100);
    await profile().loseIndex();
    await eventually(async () => expect((await collection().trySearch('any')).status).toBe(503), 30_000);
    await section('When the index is lost');
    const after = await answers(photos.length);
    expect(generationsOf(after)).not.toEqual(generationsOf(before));
    expect(resultsOf(after)).toEqual(resultsOf(before));
  });
}
