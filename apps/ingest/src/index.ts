export { IngestModule } from './ingest.module.js';
export { type ImageStates, INSPECT_HEAD, type InspectHead, OPEN_LINK, type OpenLink } from './tokens.js';
