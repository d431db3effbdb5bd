import type { Kafka } from 'kafkajs';
import {
  type Broker,
  type Cluster,
  createCluster,
  type OffsetFetchRequest,
  type ProtocolRequest,
} from './kafkajs-internals.js';
import { withStableOffsets } from './stable-offsets.js';

const OFFSET_FETCH = 9;
const REQUEST: OffsetFetchRequest = {
  groupId: 'group',
  topics: [{ topic: 'image-events', partitions: [{ partition: 0 }, { partition: 1 }, { partition: 300 }] }],
};

/** Bytes as Kafka 4.1's own client writes and reads them (`OffsetFetchRequestData`, `OffsetFetchResponseData`). */
const NO_TAGS = '00';
const TOPIC = '020d696d6167652d6576656e7473';
const BYTES = {
  request: `${NO_TAGS}0667726f7570${TOPIC}0400000000000000010000012c000100`,
  // Offset 2^53 + 1 with a tagged field that nobody knows yet, and none of partition 300.
  answer: `${NO_TAGS}0000000c${TOPIC}03000000000020000000000001000000030100000107030102030000012cffffffffffffffffffffffff0000000000000000`,
  unstable: `${NO_TAGS}0000000c${TOPIC}03000000000020000000000001000000030100580107030102030000012cffffffffffffffffffffffff0000000000000000`,
  moved: `${NO_TAGS}0000000001001000`,
};

describe('where a group stands', () => {
  test('is asked for as the protocol has it, and only what is stable', async () => {
    const { request } = (await lookUp({ maxVersion: 10 }))(REQUEST);
    expect(request).toMatchObject({ apiKey: OFFSET_FETCH, apiVersion: 7 });
    expect((await request.encode()).buffer.toString('hex')).toBe(BYTES.request);
  });

  test('is read from the answer, past whatever a later broker adds', async () => {
    expect(await read(BYTES.answer)).toMatchObject({
      clientSideThrottleTime: 12,
      errorCode: 0,
      responses: [
        {
          topic: 'image-events',
          partitions: [
            { partition: 0, offset: '9007199254740993', metadata: '', errorCode: 0 },
            { partition: 300, offset: '-1', metadata: null, errorCode: 0 },
          ],
        },
      ],
    });
  });

  test('and cannot be told yet, or by another broker, is an error that kafkajs knows what to do about', async () => {
    await expect(read(BYTES.unstable)).rejects.toMatchObject({ type: 'UNSTABLE_OFFSET_COMMIT', retriable: true });
    await expect(read(BYTES.moved)).rejects.toMatchObject({ type: 'NOT_COORDINATOR_FOR_GROUP' });
  });

  test('is not asked of a broker that cannot be asked for what is stable', async () => {
    const refused = { code: 'invalid-setting', facts: { offsetFetchVersion: 5 } };
    await expect(lookUp({ maxVersion: 5 })).rejects.toMatchObject(refused);
  });

  test('is all that is asked in another way than kafkajs does', async () => {
    const broker = await find({ maxVersion: 10 });
    expect(broker.lookupRequest(OFFSET_FETCH + 1, 'known')).toEqual([OFFSET_FETCH + 1, 'known']);
  });
});

async function read(hex: string): Promise<unknown> {
  const { response } = (await lookUp({ maxVersion: 7 }))(REQUEST);
  return response.parse((await response.decode(Buffer.from(hex, 'hex'))) as never);
}

async function lookUp(offsetFetch: { readonly maxVersion: number }) {
  const broker = await find(offsetFetch);
  return broker.lookupRequest(OFFSET_FETCH, 'known') as (request: OffsetFetchRequest) => ProtocolRequest;
}

function find(offsetFetch: { readonly maxVersion: number }): Promise<Broker> {
  const broker = {
    versions: { [OFFSET_FETCH]: offsetFetch },
    lookupRequest: (...asked: unknown[]) => asked,
  } as unknown as Broker;
  const cluster = { findBroker: async () => broker } as unknown as Cluster;
  const kafka = { [Symbol('private:Kafka:createCluster')]: () => cluster } as unknown as Kafka;
  return createCluster(withStableOffsets(kafka)).findBroker({ nodeId: 1 });
}
