/** By what Nest finds the ports and the settings: interfaces leave nothing behind at run time, so `@Inject` names one of these. */
export const EVENT_LOG = Symbol('EventLog');
export const VECTOR_INDEX = Symbol('VectorIndex');
export const BLOB_STORE = Symbol('BlobStore');
export const IMAGE_ENCODER = Symbol('ImageEncoder');
/** The same encoder for callers whom somebody waits for: their pictures go before those of the stages. */
export const INTERACTIVE_ENCODER = Symbol('ImageEncoder, interactive');
/** Fetches a picture by link. */
export const FETCH_LINK = Symbol('FetchLink');
export const PREPARE_PICTURE = Symbol('PreparePicture');
export const IMAGE_STATUSES = Symbol('ImageStatuses');
export const SETTINGS = Symbol('Settings');
