export {
  DeadLetters,
  type LetterCounts,
  type LetterDetails,
  type LetterFilter,
  type LetterPage,
  type LetterQuery,
  type LetterSummary,
} from './dead-letters.js';
export type { PageCursor } from './letter-page.js';
export { LETTER_STATES, type LetterState, LetterStates } from './letter-states.js';
export { createRedriveStage, type RedriveStageOptions } from './redrive-stage.js';
