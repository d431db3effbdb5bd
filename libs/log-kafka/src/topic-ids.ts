import Decoder from 'kafkajs/src/protocol/decoder';
import Encoder from 'kafkajs/src/protocol/encoder';
import { parse } from 'kafkajs/src/protocol/requests/offsetFetch/v4/response';
import { LookalikeError } from '#core';
import { noTags, skipTags } from './flexible-fields.js';
import { type Broker, type ProtocolRequest } from './kafkajs-internals.js';

/** Metadata; of version 10 on it tells the ids of topics (KIP-516, Kafka 2.8). kafkajs knows up to version 6. */
const METADATA = { apiKey: 3, apiVersion: 10, apiName: 'Metadata' };
/** DeleteTopics; of version 6 on it takes ids. kafkajs knows up to version 1. */
const DELETE_TOPICS = { apiKey: 20, apiVersion: 6, apiName: 'DeleteTopics' };

const NO_ID = '0'.repeat(32);
const UNKNOWN_TOPIC_ID = 100;

/** As 32 hexadecimal digits. @throws kafkajs' `UNKNOWN_TOPIC_OR_PARTITION`; `invalid-setting`. */
export async function fetchTopicId(broker: Broker, topic: string): Promise<string> {
  const answer = await asking(broker, METADATA, metadataRequest(topic), readMetadata).metadata([topic]);
  const { id } = answer as { readonly id: string };
  if (id === NO_ID) throw tooOld({ topicId: id });
  return id;
}

/** A topic of that id need not be there. @throws what the broker answers; `invalid-setting`. */
export async function deleteTopic(broker: Broker, id: string, timeoutMs: number): Promise<void> {
  await asking(broker, DELETE_TOPICS, deleteRequest(id, timeoutMs), readDeletion).deleteTopics({ topics: [] });
}

/** The broker, which is asked this whatever it is called for. */
function asking(broker: Broker, api: typeof METADATA, body: Encoder, read: (decoder: Decoder) => object): Broker {
  const { maxVersion = 0 } = broker.versions[api.apiKey] ?? {};
  if (maxVersion < api.apiVersion) throw tooOld({ [`${api.apiName}Version`]: maxVersion });
  const decode = async (bytes: Buffer) => {
    const decoder = new Decoder(bytes);
    skipTags(decoder);
    return { responses: [], clientSideThrottleTime: decoder.readInt32(), ...read(decoder) };
  };
  const asked: ProtocolRequest = { request: { ...api, encode: async () => body }, response: { decode, parse } };
  return Object.create(broker, { lookupRequest: { value: () => () => asked } }) as Broker;
}

/** As Kafka's MetadataRequest.json has it; see `flexible-fields.ts`. */
function metadataRequest(topic: string): Encoder {
  const item = noTags(writeId(new Encoder(), NO_ID).writeUVarIntString(topic));
  const mayCreate = false;
  const withOperations = false;
  const body = noTags(new Encoder()).writeUVarIntArray([item]).writeBoolean(mayCreate);
  return noTags(body.writeBoolean(withOperations).writeBoolean(withOperations));
}

/** MetadataResponse.json, as far as the head of the only topic. */
function readMetadata(decoder: Decoder) {
  decoder.readUVarIntArray(() => {
    const broker = [decoder.readInt32(), decoder.readUVarIntString(), decoder.readInt32(), decoder.readUVarIntString()];
    skipTags(decoder);
    return broker;
  });
  const clusterId = decoder.readUVarIntString();
  const controllerId = decoder.readInt32();
  const topics = decoder.readUVarInt() - 1;
  const errorCode = decoder.readInt16();
  const topic = decoder.readUVarIntString();
  return { clusterId, controllerId, topics, errorCode, topic, id: readId(decoder) };
}

/** DeleteTopicsRequest.json: of a topic whose name is null. */
function deleteRequest(id: string, timeoutMs: number): Encoder {
  const item = noTags(writeId(new Encoder().writeUVarIntString(null), id));
  return noTags(noTags(new Encoder()).writeUVarIntArray([item]).writeInt32(timeoutMs));
}

/** DeleteTopicsResponse.json, as far as the error of the only topic. */
function readDeletion(decoder: Decoder) {
  const topics = decoder.readUVarInt() - 1;
  const topic = decoder.readUVarIntString();
  const id = readId(decoder);
  const code = decoder.readInt16();
  return { topics, topic, id, errorCode: code === UNKNOWN_TOPIC_ID ? 0 : code };
}

function writeId(encoder: Encoder, id: string): Encoder {
  for (let at = 0; at < id.length; at += 8) encoder.writeInt32(Number.parseInt(id.slice(at, at + 8), 16) | 0);
  return encoder;
}

function readId(decoder: Decoder): string {
  const parts = Array.from({ length: 4 }, () => decoder.readInt32() >>> 0);
  return parts.map((it) => it.toString(16).padStart(8, '0')).join('');
}

function tooOld(facts: Readonly<Record<string, unknown>>): LookalikeError {
  const message =
    'The broker is older than Kafka 2.8 and cannot tell a topic from another that had its name: use a newer one.';
  return new LookalikeError('invalid-setting', message, { facts });
}
