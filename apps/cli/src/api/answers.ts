import type { components, LastLine, paths } from '#client';

type Schemas = components['schemas'];

/** The answers of the REST API that the command line reads, by its own names for them. */
export type Accepted = Schemas['Accepted'];
export type Duplicate = Schemas['Duplicate'];
export type ImageAnswer = Schemas['ImageAnswer'];
export type ImagePage = Schemas['ListAnswerBody'];
export type SearchAnswer = Schemas['SearchAnswer'];
export type SearchResult = Schemas['FoundAnswer'];
export type EncoderInfo = SearchAnswer['encoder'];
export type StatusAnswer = Schemas['Status'];
export type StageStatus = Schemas['NamedStageStatus'];
export type DeadLetter = Schemas['LetterAnswer'];
export type DeadLetterPage = Schemas['LetterPage'];
export type WholeDeadLetter = Schemas['WholeLetterAnswer'];
export type VerificationCheck = Schemas['VerificationCheck'];
export type GenerationProgress = Schemas['GenerationProgress'];
export type ReindexAnswer = Schemas['ReindexAnswer'];
export type UnusedVectors = Schemas['UnusedVectors'];
export type ReindexPlan = Schemas['ReindexPlan'];
export type Profile = ReindexPlan['profile'];
export type FittedProjection = GenerationProgress['fitted'][number];
export type AuditReport = Schemas['AuditReport'];
export type RepairReport = Schemas['RepairReport'];
export type ErasureAnswer = LastLine<'/v1/images/{imageId}/erase'>;
export type AuditAnswer = LastLine<'/v1/audit'>;
export type CalibrationAnswer = LastLine<'/v1/calibrate'>;
export type VectorMeasure = Schemas['VectorMeasure'];
export type BlobCount = Schemas['BlobCount'];
export type CollectionReport = Schemas['CollectionReport'];

export type DuplicatesPage = Schemas['DuplicatesAnswer'];
export type DuplicateGroup = Schemas['GroupAnswer'];
export type DecidedImage = Schemas['DecidedImageBody'];
export type DecisionAnswer = Schemas['DecisionAnswer'];
export type DecisionsPage = Schemas['DecisionsAnswer'];
export type MadeDecision = DecisionsPage['decisions'][number];
export type GroupOrder = Schemas['GroupOrder'];
export type KeepRule = Schemas['KeepRule'];

/** What it asks for. */
export type DecisionRequest = Schemas['DecisionBody'];
export type DuplicatesQuery = NonNullable<paths['/v1/duplicates']['get']['parameters']['query']>;
export type SearchRequest = Schemas['SearchBody'];
export type StartReindex = Schemas['StartBody'];
export type AuditRequest = Schemas['AuditBody'];
export type CalibrateRequest = Schemas['CalibrateBody'];
export type LettersRequest = Schemas['BulkBody'];
export type ImagesQuery = NonNullable<paths['/v1/images']['get']['parameters']['query']>;
export type LettersQuery = NonNullable<paths['/v1/dead-letters']['get']['parameters']['query']>;

export type Check = Schemas['Check'];
export const CHECKS = ['refuse', 'report'] as const satisfies readonly Check[];

export type LetterState = Schemas['LetterState'];
export const LETTER_STATES = [
  'open',
  'redriving',
  'redriven',
  'superseded',
  'discarded',
] as const satisfies readonly LetterState[];
