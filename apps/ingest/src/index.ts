export { IngestModule } from './ingest.module.js';
export { IMAGE_STATES, type ImageStates, INSPECT_HEAD, type InspectHead } from './tokens.js';
