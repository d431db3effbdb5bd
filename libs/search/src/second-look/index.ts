export type { CommonPart } from './common-part.js';
export { type Alignment, NO_ALIGNMENT, SecondLook } from './second-look.js';
export { type HashDistance, TurnedHashes } from './turned-hashes.js';
export { inverseTurn, isSideways, TURNS, type Turn, turnedPixels } from './turns.js';
