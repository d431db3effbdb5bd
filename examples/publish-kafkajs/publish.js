// Publishes one event of an image to lookalike's log (docs/reference/events.md).
//
//   npm install
//   node publish.js 127.0.0.1:9092 added holiday/boats.jpg boats.jpg \
//     https://pictures.example.com/boats.jpg image/jpeg '{"album": "holiday"}'
//   node publish.js 127.0.0.1:9092 deleted holiday/boats.jpg
//
// lookalike fetches the picture by the link; the file says which bytes these are. Prints the event's partition and offset.
import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Kafka, Partitioners } from 'kafkajs';

const [brokers, kind, imageId, file, uri, mediaType, attributes = '{}'] = process.argv.slice(2);
if (!['added', 'updated', 'deleted'].includes(kind) || (kind !== 'deleted' && mediaType === undefined)) {
  console.error('usage: node publish.js BROKERS added|updated IMAGE_ID FILE URI MEDIA_TYPE [ATTRIBUTES]');
  console.error('       node publish.js BROKERS deleted IMAGE_ID');
  process.exit(2);
}

const kafka = new Kafka({ clientId: 'publish-kafkajs', brokers: brokers.split(',') });
const producer = kafka.producer({
  // murmur2 of the key, as the Java client has it: all events of an image in one partition, whoever publishes.
  createPartitioner: Partitioners.DefaultPartitioner,
  // Retries neither repeat an event nor let it overtake another.
  idempotent: true,
  maxInFlightRequests: 1,
});
await producer.connect();
try {
  const [position] = await producer.send({
    topic: 'image-events',
    // All replicas in sync.
    acks: -1,
    messages: [await eventOf()],
  });
  console.log(`partition ${position.partition} offset ${position.baseOffset}`);
} finally {
  await producer.disconnect();
}

async function eventOf() {
  // The whole state each time: what is left out is gone. Data of a deletion are not read.
  const data = kind === 'deleted' ? {} : stateOf(await readFile(file));
  return {
    key: imageId,
    value: JSON.stringify(data),
    headers: {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: randomUUID(),
      ce_source: '/examples/publish-kafkajs',
      ce_type: `io.lookalike.image.${kind}.v1`,
      ce_subject: imageId,
      ce_time: new Date().toISOString(),
    },
  };
}

function stateOf(picture) {
  const sha256 = createHash('sha256').update(picture).digest('hex');
  return { uri, sha256, sizeBytes: picture.length, mediaType, attributes: JSON.parse(attributes) };
}
