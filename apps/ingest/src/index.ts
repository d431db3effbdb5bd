export { duplicatesIn, FIND_COPIES, type FindCopies } from './check/duplicate.js';
export { IngestModule } from './ingest.module.js';
export { type ImageStates, INSPECT_HEAD, type InspectHead, LINKS, type Links } from './tokens.js';
