export { type Evidence, isSeenInPictures, SIGNALS, type Signal } from './evidence.js';
export { fitModel, type Measured } from './fit-model.js';
export { default as takeLooks, type LookTask } from './look-task.js';
export { type MatchModel, scaleFor } from './match-model.js';
export {
  falseMatches,
  type Judgement,
  judged,
  type MatchScale,
  probability,
  type Strangers,
  shareOfStrangers,
  strength,
  strengthOfShare,
} from './match-scale.js';
export {
  type AskedPicture,
  type Looks,
  MATCH_KINDS,
  type Match,
  Matcher,
  type MatcherOptions,
  type MatchKind,
  type MatchModels,
} from './matcher.js';
export { SecondLooks, type SecondLooksOptions } from './second-looks.js';
export { PICTURES_ALONE, shippedModel } from './shipped-models.js';
