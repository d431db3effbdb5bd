import {
  type Attributes,
  encodeImageEvent,
  type ImageEvent,
  type ImageState,
  type NewRecord,
  parseImageId,
} from '#core';
import { sha256Of } from '../sha256-of.js';

let events = 0;

function head(imageId: string): Pick<ImageEvent, 'eventId' | 'source' | 'imageId' | 'timeMs'> {
  events += 1;
  return { eventId: `event-${events}`, source: '/tests', imageId: parseImageId(imageId), timeMs: 1_700_000_000_000 };
}

/** The state of an image whose bytes are `picture`; they must be in the blob store before the event is embedded. */
export function stateOf(picture: Uint8Array, attributes: Attributes = {}): ImageState {
  const sha256 = sha256Of(picture);
  return { uri: `blob:${sha256}`, sha256, sizeBytes: picture.length, mediaType: 'image/png', attributes };
}

export function addedEvent(imageId: string, state: ImageState): NewRecord {
  return encodeImageEvent({ ...head(imageId), kind: 'added', state });
}

export function updatedEvent(imageId: string, state: ImageState): NewRecord {
  return encodeImageEvent({ ...head(imageId), kind: 'updated', state });
}

export function deletedEvent(imageId: string): NewRecord {
  return encodeImageEvent({ ...head(imageId), kind: 'deleted' });
}
