import {
  type Evidence,
  fitModel,
  isSeenInPictures,
  judged,
  type MatchModel,
  type MatchScale,
  type Measured,
  SIGNALS,
  type Signal,
  shareOfStrangers,
  strength,
  strengthOfShare,
} from '../match/index.js';
import type { PresentThreshold, RecallByKind, RecallOfEdit, VectorMeasure } from './calibration.js';
import { evidenceOf } from './evidence-table.js';

/** What a thread of its own is given: fitting takes seconds. */
export interface FitTask {
  readonly vector: string;
  /** Evidence of copies and of strangers, as a table has it. */
  readonly copies: Float64Array;
  readonly strangers: Float64Array;
  /** Which of `edits` made each copy. */
  readonly editOfCopy: readonly number[];
  readonly edits: readonly { readonly name: string; readonly kind: 'easy' | 'hard' }[];
  /** Pairs of strangers that those were taken from. */
  readonly pairs: number;
  /** Of the collection at present. */
  readonly images: number;
  readonly precision: number;
}

export interface Fitted {
  readonly model: MatchModel;
  readonly measure: VectorMeasure;
}

const ONE_IN_A_MILLION = 1e-6;

type IsFound = (evidence: Evidence) => boolean;
interface Copy {
  readonly evidence: Evidence;
  readonly edit: FitTask['edits'][number];
}

export default function fit(task: FitTask): Fitted {
  const { vector, edits, pairs } = task;
  const evidence = evidenceOf(task.copies);
  const strangers = evidenceOf(task.strangers);
  const measured = { copies: evidence, strangers, pairs };
  const copies = evidence.map(
    (it, at): Copy => ({ evidence: it, edit: edits[task.editOfCopy[at] ?? 0] as Copy['edit'] }),
  );
  const model = fitModel(measured);
  const byNumbers = passesAt(model.look, measured, ONE_IN_A_MILLION);
  const combined: IsFound = (it) => byNumbers(it) && isSeenInPictures(it);
  const by = (signals: readonly Signal[]) => passesAt(fitModel(measured, signals).look, measured, ONE_IN_A_MILLION);
  const alone = bySignal((signal) => by([signal]));
  const byTail = passesByTail(model.look, ONE_IN_A_MILLION);
  const falsePairs = strangers.filter((it) => byTail(it) && isSeenInPictures(it)).length;
  const measure: VectorMeasure = {
    vector,
    recall: recallOf(copies, combined),
    recallBySignal: bySignal((signal) => recallOf(copies, alone[signal])),
    recallWithoutVector: recallOf(copies, by(['hash', 'alignment'])),
    byEdit: edits.map((edit) => recallOfEdit(copies, edit, combined, alone)),
    falsePairs,
    falseRate: falsePairs / Math.max(1, pairs),
    threshold: thresholdOf(model.look, copies, task),
  };
  return { model, measure };
}

/** As a search decides. */
function passesByTail({ weights, strangers }: MatchScale, share: number): IsFound {
  return (evidence) => shareOfStrangers(strangers, strength({ weights }, evidence)) <= share;
}

/** What at most this share of strangers has: by the form of their tail, and by counting those that were measured, where they are enough for that. */
function passesAt(scale: MatchScale, measured: Measured, share: number): IsFound {
  const { weights } = scale;
  const byTail = passesByTail(scale, share);
  const mayPass = Math.floor(share * measured.pairs);
  const strongest = measured.strangers.map((it) => strength({ weights }, it)).sort((a, b) => b - a);
  const above = mayPass === 0 ? Number.NEGATIVE_INFINITY : (strongest[mayPass] ?? Number.NEGATIVE_INFINITY);
  return (evidence) => strength({ weights }, evidence) > above && byTail(evidence);
}

function bySignal<T>(make: (signal: Signal) => T): Readonly<Record<Signal, T>> {
  return Object.fromEntries(SIGNALS.map((it) => [it, make(it)])) as Record<Signal, T>;
}

function recallOf(copies: readonly Copy[], isFound: IsFound): RecallByKind {
  const of = (some: readonly Copy[]) =>
    some.filter(({ evidence }) => isFound(evidence)).length / Math.max(1, some.length);
  const kind = (wanted: 'easy' | 'hard') => of(copies.filter(({ edit }) => edit.kind === wanted));
  return { all: of(copies), easy: kind('easy'), hard: kind('hard') };
}

function recallOfEdit(
  copies: readonly Copy[],
  edit: Copy['edit'],
  combined: IsFound,
  alone: Readonly<Record<Signal, IsFound>>,
): RecallOfEdit {
  const own = copies.filter((it) => it.edit === edit);
  return {
    edit: edit.name,
    kind: edit.kind,
    pictures: own.length,
    recall: recallOf(own, combined).all,
    recallBySignal: bySignal((signal) => recallOf(own, alone[signal]).all),
  };
}

/** As a search decides. */
function thresholdOf(scale: MatchScale, copies: readonly Copy[], { images, precision }: FitTask): PresentThreshold {
  const share = (1 - precision) / Math.max(1, images);
  const isCalledSame: IsFound = (evidence) => judged(scale, evidence, images, precision).isSame;
  const strong = strengthOfShare(scale.strangers, share);
  return { images, precision, share, strength: strong, recall: recallOf(copies, isCalledSame) };
}
