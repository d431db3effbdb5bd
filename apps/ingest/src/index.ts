export { IngestModule } from './ingest.module.js';
export { type ImageStates, INSPECT_HEAD, type InspectHead } from './tokens.js';
