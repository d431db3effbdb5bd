import type Decoder from 'kafkajs/src/protocol/decoder';
import type Encoder from 'kafkajs/src/protocol/encoder';

/**
 * Requests and answers as Kafka's protocol guide has them in a flexible version: lengths are unsigned varints, and each structure
 * ends with room for tagged fields. So do the headers; kafkajs writes and reads headers without, and what ends them is
 * here what the body begins with.
 */
export function noTags(encoder: Encoder): Encoder {
  return encoder.writeUVarInt(0);
}

/** kafkajs' own way past them takes each for a byte shorter than it is. */
export function skipTags(decoder: Decoder): void {
  for (let left = decoder.readUVarInt(); left > 0; left--) {
    decoder.readUVarInt();
    decoder.forward(decoder.readUVarInt());
  }
}
