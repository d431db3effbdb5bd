export { type CopyLinksStageOptions, createCopyLinksStage, type FindCopies } from './copy-links-stage.js';
export { DuplicateDecisions, type DuplicateDecisionsOptions, imagesChanged } from './duplicate-decisions.js';
