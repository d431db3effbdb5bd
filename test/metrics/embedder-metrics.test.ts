import { encodeImageEvent, IMAGE_EVENTS_TOPIC, parseImageId } from '#core';
import { addedEvent, damagedPicture, eventually, MemoryVectorIndex, plainPicture, stateOf } from '#testkit';
import { EmbedderServer } from '../embedder/embedder-server.js';
import { send } from '../ingest/requests.js';
import { type Family, parseExposition } from './exposition.js';

const CAT = plainPicture('cat');
const DAMAGED = damagedPicture('bat');

describe('GET /metrics of an embedder', () => {
  let server: EmbedderServer;
  let index: MemoryVectorIndex;
  beforeEach(async () => {
    index = new MemoryVectorIndex();
    server = await new EmbedderServer(index).start();
    for (const picture of [CAT, DAMAGED]) await server.blobs.put(picture, { maxBytes: 1000 });
  });
  afterEach(() => server.stop());

  async function scrape(): Promise<ReadonlyMap<string, Family>> {
    const response = await fetch(`${server.url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain;.* version=0\.0\.4/);
    return parseExposition(await response.text());
  }

  /** The values of one metric by its labels, in the order they are named in; of a histogram its `_count` or `_sum`. */
  async function values(name: string, part = ''): Promise<Record<string, number>> {
    const samples = (await scrape()).get(name)?.samples ?? [];
    const wanted = samples.filter((it) => it.name === name + part);
    return Object.fromEntries(wanted.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
  }

  async function settled(): Promise<void> {
    await eventually(async () => {
      const { stages, deadLetters } = (await send(`${server.url}/v1/status`)).body;
      expect(stages.map((it: { lag: number }) => it.lag)).toEqual([0, 0, 0, 0]);
      expect(deadLetters.redriving).toBe(0);
    });
  }

  test('counts records, batches, dead letters and what became visible', async () => {
    await server.log.append(IMAGE_EVENTS_TOPIC, [
      addedEvent('a', stateOf(CAT)),
      addedEvent('b', stateOf(CAT)),
      addedEvent('c', stateOf(DAMAGED)),
      addedEvent('d', stateOf(plainPicture('never stored'))),
      addedEvent('e', stateOf(plainPicture('never stored either'))),
      { key: 'x', value: Buffer.from('{'), headers: {} },
    ]);
    await settled();
    // Counted just after it is committed.
    await eventually(async () => {
      expect(await values('lookalike_stage_records_total')).toEqual({ embed: 6, index: 5, duplicates: 5 });
    });
    const batches = await values('lookalike_stage_batches_total');
    expect(await values('lookalike_stage_batch_records', '_sum')).toEqual({ embed: 6, index: 5, duplicates: 5 });
    expect(await values('lookalike_stage_batch_records', '_count')).toEqual(batches);
    expect(await values('lookalike_dead_letters_total')).toEqual({
      'embed picture-damaged': 1,
      'embed blob-missing': 2,
      'embed invalid-event': 1,
    });
    expect(await values('lookalike_searchable_delay_seconds', '_count')).toEqual({ '': 5 });
    const steps = await values('lookalike_stage_step_duration_seconds', '_count');
    for (const [stage, count] of Object.entries(batches)) {
      for (const step of ['prepare', 'effect', 'commit']) expect(steps[`${stage} ${step}`]).toBe(count);
    }
    expect(await values('lookalike_stage_faults_total')).toEqual({});
    expect(await values('lookalike_stage_lag_records')).toEqual({
      'duplicates live 0': 0,
      'embed live 0': 0,
      'redrive live 0': 0,
      'index live 0': 0,
    });
    expect(await values('lookalike_stage_lag_seconds')).toEqual({
      'duplicates live 0': 0,
      'embed live 0': 0,
      'redrive live 0': 0,
      'index live 0': 0,
    });
    expect(await values('lookalike_queue_depth')).toEqual({ encoder: 0 });
  });

  test('counts events that came to nothing, since a later one of the same image was there', async () => {
    const events = [addedEvent('a', stateOf(DAMAGED)), addedEvent('b', stateOf(CAT)), addedEvent('a', stateOf(CAT))];
    await server.log.append(IMAGE_EVENTS_TOPIC, events);
    await settled();
    expect(await values('lookalike_stage_overwritten_events_total')).toEqual({ embed: 1 });
    expect(await values('lookalike_dead_letters_total')).toEqual({});
  });

  test('measures the delay from the time of the event', async () => {
    const event = (secondsAgo: number) => {
      const head = { imageId: parseImageId(`ago-${secondsAgo}`), eventId: 'e', source: '/test' };
      return encodeImageEvent({ ...head, timeMs: Date.now() - secondsAgo * 1000, kind: 'deleted' });
    };
    // One is of a publisher whose clock is fast.
    await server.log.append(IMAGE_EVENTS_TOPIC, [event(-500), event(7_000)]);
    await settled();
    const { samples } = (await scrape()).get('lookalike_searchable_delay_seconds') as Family;
    const below = (le: string) => samples.find(({ labels }) => labels.le === le)?.value;
    expect([below('0.1'), below('3600'), below('14400'), below('+Inf')]).toEqual([1, 1, 2, 2]);
  });

  test('counts each try that meets a fault, and the lag meanwhile', async () => {
    const apply = jest.spyOn(index, 'apply').mockRejectedValue(new Error('away'));
    await server.log.append(IMAGE_EVENTS_TOPIC, [addedEvent('a', stateOf(CAT))]);
    await eventually(async () => {
      expect(apply.mock.calls.length).toBeGreaterThan(1);
      expect(await values('lookalike_stage_lag_records')).toEqual({
        'duplicates live 0': 1,
        'embed live 0': 0,
        'redrive live 0': 0,
        'index live 0': 1,
      });
    });
    const tries = apply.mock.calls.length;
    apply.mockRestore();
    await settled();
    // Whoever waits for the index for long says so.
    const counted = await values('lookalike_stage_faults_total');
    const { 'index effect': faults = 0, 'duplicates prepare': _, ...others } = counted;
    expect(faults).toBeGreaterThanOrEqual(tries);
    expect(others).toEqual({});
    expect((await values('lookalike_stage_step_duration_seconds', '_count'))['index effect']).toBe(faults + 1);
    expect(await values('lookalike_searchable_delay_seconds', '_count')).toEqual({ '': 1 });
  });

  test('answers while the log is away, without lags', async () => {
    jest.spyOn(server.log, 'watermarks').mockRejectedValue(new Error('away'));
    expect(await values('lookalike_stage_lag_records')).toEqual({});
    jest.restoreAllMocks();
    expect(await values('lookalike_stage_lag_records')).toEqual({
      'duplicates live 0': 0,
      'embed live 0': 0,
      'redrive live 0': 0,
      'index live 0': 0,
    });
  });

  test('names requests by their route, and never by what is asked for', async () => {
    for (const path of ['/v1/dead-letters/0-1', '/v1/dead-letters/0-2', '/v1/dead-letters?limit=x', '/nothing/here']) {
      await (await fetch(server.url + path)).arrayBuffer();
    }
    await (await fetch(`${server.url}/v1/status`, { method: 'DELETE' })).arrayBuffer();
    await eventually(async () => {
      expect(await values('lookalike_http_request_duration_seconds', '_count')).toMatchObject({
        'GET /v1/dead-letters/:id 4xx': 2,
        'GET /v1/dead-letters 4xx': 1,
        'GET none 4xx': 1,
        'DELETE none 4xx': 1,
        'GET /metrics 2xx': expect.any(Number),
      });
    });
  });

  test('has the numbers of the process', async () => {
    const families = await scrape();
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds']) {
      expect(families.has(name)).toBe(true);
    }
  });
});
