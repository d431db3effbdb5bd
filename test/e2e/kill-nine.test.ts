import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom, sha256Of, testSeed, truncated } from '#testkit';
import { Collection, idsOf } from './collection.js';
import { type Photo, pictures } from './photos.js';
import { type ServerProcess, Workplace } from './server-process.js';

// A hundred seconds on two free cores; many times that where others use them too.
jest.setTimeout(900_000);

/** One folder lives through all of its rounds. */
const FOLDERS = [12, 3, 3, 2];
const PHOTOS_A_ROUND = 14;
/** A round's import takes about this long on two cores; some kills come before its first picture, some after its last. */
const KILL_WITHIN_MS = 1_500;

type State = 'ready' | 'failed' | 'deleted';

/** One change that was sent. Without a version it may have been accepted or not: nobody heard. */
interface Change {
  readonly imageId: string;
  readonly picture: Buffer | null;
  readonly becomes: State;
  version: number | null;
}

describe('killed with -9 during an import', () => {
  const seed = testSeed();
  const random = seededRandom(seed);
  const workplace = new Workplace();
  let all: Photo[];
  beforeAll(async () => {
    all = await pictures(FOLDERS.reduce((sum, rounds) => sum + rounds) * PHOTOS_A_ROUND);
  });
  afterAll(() => workplace.remove());

  test.each(
    FOLDERS.map((rounds, at) => [`${rounds} times over, folder ${at + 1} (SEED=${seed})`, at, rounds] as const),
  )('%s: nothing acknowledged is lost, nothing is there twice', async (_, folder, rounds) => {
    const env = { LOOKALIKE_DATA_DIR: workplace.path(`data-${folder}`), LOOKALIKE_LOG_LEVEL: 'warn' };
    let server: ServerProcess = await workplace.start(env);
    const collection = new Collection(() => server.url);
    /** The changes of each image, in the order they were sent. */
    const history = new Map<string, Change[]>();

    for (let round = 0; round < rounds; round++) {
      const changes = changesOf(folder, round, history);
      const importing = importAll(collection, changes, history);
      await sleep(random() * KILL_WITHIN_MS);
      await server.kill();
      await importing;

      server = await workplace.start(env);
      await expectNothingLost(collection, history);
      // As an importer does: what it has no answer for, it sends again.
      for (const change of changes.filter(({ version }) => version === null)) {
        await send(collection, change);
        history.set(change.imageId, [...(history.get(change.imageId) ?? []), change]);
      }
      await expectNothingLost(collection, history);
      await expectSearchable(collection, history);
    }
    await server.stop();
  });

  /** New photos, a broken one, and of the images there were before one is deleted and one gets another picture. */
  function changesOf(folder: number, round: number, history: ReadonlyMap<string, readonly Change[]>): Change[] {
    const from = (FOLDERS.slice(0, folder).reduce((sum, rounds) => sum + rounds, 0) + round) * PHOTOS_A_ROUND;
    const own = all.slice(from, from + PHOTOS_A_ROUND);
    const changes = own.map(({ name, bytes }): Change => {
      const isBroken = random() < 0.1;
      const picture = isBroken ? truncated(bytes, 0.5) : bytes;
      return { imageId: name, picture, becomes: isBroken ? 'failed' : 'ready', version: null };
    });
    const known = [...history.keys()].sort(() => random() - 0.5);
    const [gone, replaced] = known;
    if (gone !== undefined) changes.push({ imageId: gone, picture: null, becomes: 'deleted', version: null });
    if (replaced !== undefined) {
      const picture = own[0]?.bytes as Buffer;
      changes.push({ imageId: replaced, picture, becomes: 'ready', version: null });
    }
    return changes.sort(() => random() - 0.5);
  }

  async function importAll(collection: Collection, changes: readonly Change[], history: Map<string, Change[]>) {
    const waiting = changes.values();
    const work = async () => {
      for (const change of waiting) {
        history.set(change.imageId, [...(history.get(change.imageId) ?? []), change]);
        // The process dies: no answer is not a refusal.
        await send(collection, change).catch((error: unknown) => {
          if (!/fetch failed|terminated|aborted/.test(String(error))) throw error;
        });
      }
    };
    await Promise.all([work(), work(), work(), work()]);
  }

  async function send(collection: Collection, change: Change): Promise<void> {
    const { imageId, picture } = change;
    const { version } = picture === null ? await collection.delete(imageId) : await collection.add(imageId, picture);
    change.version = version;
  }

  /** Every image has the state of its last acknowledged change, or of one after it that nobody heard of. */
  async function expectNothingLost(collection: Collection, history: ReadonlyMap<string, readonly Change[]>) {
    const found = new Map<State, number>([
      ['ready', 0],
      ['failed', 0],
      ['deleted', 0],
    ]);
    for (const [imageId, changes] of history) {
      const last = changes.findLastIndex(({ version }) => version !== null);
      const version = changes[last]?.version ?? null;
      const possible = changes.slice(Math.max(0, last));
      if (version === null && (await collection.image(imageId)).status === 404) continue;
      const image = await collection.visible({ imageId, version: version ?? 0 });
      found.set(image.state, (found.get(image.state) ?? 0) + 1);
      const fitting = possible.filter(
        ({ becomes, picture }) => becomes === image.state && (picture === null || sha256Of(picture) === image.sha256),
      );
      if (fitting.length === 0) throw new Error(`${imageId} is ${JSON.stringify(image)}, but was ${text(changes)}`);
      if (image.state === 'failed') expect(image.reason.code).toBe('picture-damaged');
    }
    const { images } = await collection.status();
    expect(images).toEqual(Object.fromEntries(found));
  }

  async function expectSearchable(collection: Collection, history: ReadonlyMap<string, readonly Change[]>) {
    const ready = [...history.values()].map((changes) => changes.at(-1)).filter((it) => it?.becomes === 'ready');
    const sought = ready[Math.floor(random() * ready.length)];
    if (!sought?.picture) return;
    const ids = idsOf(await collection.search(sought.picture, 100));
    const [same] = ready.filter((it) => it?.picture === sought.picture && ids[0] === it?.imageId);
    expect(same).toBeDefined();
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(Math.min(100, ready.length));
  }
});

function text(changes: readonly Change[]): string {
  return JSON.stringify(
    changes.map(({ becomes, version, picture }) => [becomes, version, picture && sha256Of(picture)]),
  );
}
