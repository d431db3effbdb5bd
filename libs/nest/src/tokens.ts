/** By what Nest finds the ports and the settings: interfaces leave nothing behind at run time, so `@Inject` names one of these. */
export const EVENT_LOG = Symbol('EventLog');
export const VECTOR_INDEX = Symbol('VectorIndex');
export const BLOB_STORE = Symbol('BlobStore');
export const ENCODERS = Symbol('Encoders');
/** Fetches a picture by link. */
export const FETCH_LINK = Symbol('FetchLink');
export const IMAGE_STATUSES = Symbol('ImageStatuses');
export const SETTINGS = Symbol('Settings');
