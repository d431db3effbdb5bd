import type { Kafka } from 'kafkajs';
import Decoder from 'kafkajs/src/protocol/decoder';
import Encoder from 'kafkajs/src/protocol/encoder';
import { parse } from 'kafkajs/src/protocol/requests/offsetFetch/v4/response';
import { LookalikeError } from '#core';
import { noTags, skipTags } from './flexible-fields.js';
import { type Broker, type OffsetFetchRequest, type ProtocolRequest, withRequests } from './kafkajs-internals.js';

/** OffsetFetch; of version 7 on it can ask for what is stable (KIP-447, Kafka 2.5). kafkajs knows up to version 4. */
const API_KEY = 9;
const API_VERSION = 7;

/**
 * Whatever is asked where a group stands, asks for what is stable: for a member's start as for the admin client. A
 * coordinator of Kafka 4 that has just taken over else answers for 0.1 to 0.9 s with less than its predecessor had
 * confirmed: what it tells ends where it knows that there are enough copies, which it learns after it has read the group.
 * Asked for what is stable, it answers when it knows. While a transaction is about to commit offsets of the group, the
 * answer is `UNSTABLE_OFFSET_COMMIT`, for which kafkajs asks again.
 */
export function withStableOffsets(kafka: Kafka): Kafka {
  return withRequests(kafka, API_KEY, stableOffsetFetch);
}

/** Nothing else is asked instead: it would be answered, and wrong at times. @throws `invalid-setting`. */
function stableOffsetFetch({ versions }: Broker): (request: OffsetFetchRequest) => ProtocolRequest {
  const { maxVersion = 0 } = versions[API_KEY] ?? {};
  if (maxVersion >= API_VERSION) return (request) => ({ request: toRequest(request), response: { decode, parse } });
  const message =
    'The broker is older than Kafka 2.5 and cannot say for sure what a group has committed: use a newer one.';
  throw new LookalikeError('invalid-setting', message, { facts: { offsetFetchVersion: maxVersion } });
}

/**
 * Request and answer as Kafka's OffsetFetchRequest.json and OffsetFetchResponse.json have them; see `flexible-fields.ts`.
 */
function toRequest({ groupId, topics }: OffsetFetchRequest): ProtocolRequest['request'] {
  const encode = async () => {
    const body = noTags(new Encoder()).writeUVarIntString(groupId);
    const items = topics.map(({ topic, partitions }) => {
      const indexes = partitions.map(({ partition }) => new Encoder().writeInt32(partition));
      return noTags(new Encoder().writeUVarIntString(topic).writeUVarIntArray(indexes));
    });
    return noTags(body.writeUVarIntArray(items).writeBoolean(REQUIRE_STABLE));
  };
  return { apiKey: API_KEY, apiVersion: API_VERSION, apiName: 'OffsetFetch', encode };
}

const REQUIRE_STABLE = true;

async function decode(bytes: Buffer) {
  const decoder = new Decoder(bytes);
  skipTags(decoder);
  const clientSideThrottleTime = decoder.readInt32();
  const responses = decoder.readUVarIntArray(() => readTopic(decoder)) ?? [];
  const errorCode = decoder.readInt16();
  skipTags(decoder);
  return { throttleTime: 0, clientSideThrottleTime, responses, errorCode };
}

function readTopic(decoder: Decoder) {
  const topic = decoder.readUVarIntString();
  const partitions = decoder.readUVarIntArray(() => readPartition(decoder)) ?? [];
  skipTags(decoder);
  return { topic, partitions };
}

function readPartition(decoder: Decoder) {
  const partition = decoder.readInt32();
  const offset = decoder.readInt64().toString();
  const leaderEpoch = decoder.readInt32();
  const metadata = decoder.readUVarIntString();
  const errorCode = decoder.readInt16();
  skipTags(decoder);
  return { partition, offset, leaderEpoch, metadata, errorCode };
}
