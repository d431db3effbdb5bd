import type { EditReport, EvaluationReport, ModeReport } from '../evaluate/report.js';
import type { Latency, Share } from '../evaluate/statistics.js';
import { bytes, count, grouped } from '../terminal/text.js';

/** Figures as words, for the terminal and for the page. Cells may hold names from elsewhere. */
export interface FigureTable {
  readonly title: string;
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface FigureTables {
  readonly found: FigureTable;
  readonly labels: FigureTable | null;
  readonly latency: FigureTable;
  readonly edits: FigureTable | null;
  readonly room: FigureTable;
  readonly refused: FigureTable | null;
}

const INTERVAL = 'In brackets the interval that holds the true share in 95 of 100 samples, n: queries.';
const NOT_KNOWN = 'not known';

export function evaluationTables(report: EvaluationReport): FigureTables {
  const { modes, clients, edits, refused } = report;
  const hasLabels = modes.some(({ precisionAt5, precisionAt10 }) => precisionAt5 !== null || precisionAt10 !== null);
  return {
    found: {
      title: 'Recall',
      caption: `How many of the ten nearest images each mode finds; exact finds all of them. ${INTERVAL}`,
      head: ['mode', 'recall@10'],
      rows: modes.map((it) => [it.mode, it.mode === 'exact' ? 'all, by definition' : shareText(it.recallAt10)]),
    },
    labels: hasLabels ? labelTable(modes) : null,
    latency: {
      title: 'Latency',
      caption: `${timedText(report)} Milliseconds from sending a request to having its whole answer, ${clients === 1 ? 'one client' : `one client and ${clients} at the same time`}.`,
      head: ['mode', 'clients', 'p50 ms', 'p95 ms', 'p99 ms', 'searches/s', 'n'],
      rows: modes.flatMap((it) => latencyRows(it, clients)),
    },
    edits: edits.length === 0 ? null : editTable(report),
    room: roomTable(report),
    refused:
      refused.length === 0
        ? null
        : {
            title: 'Not measured',
            caption: 'Searches that were refused, and pictures that could not be read.',
            head: ['reason', 'searches', 'message', 'such as'],
            rows: refused.map((it) => [it.code, grouped(it.count), it.message, it.names[0] ?? '']),
          },
  };
}

function labelTable(modes: readonly ModeReport[]): FigureTable {
  return {
    title: 'Precision by label',
    caption: `How many of the first results have the label of the query. ${INTERVAL}`,
    head: ['mode', 'of the first 5', 'of the first 10'],
    rows: modes.map((it) => [it.mode, shareText(it.precisionAt5), shareText(it.precisionAt10)]),
  };
}

function editTable({ edits, editedPictures }: EvaluationReport): FigureTable {
  return {
    title: 'Edited pictures',
    caption: `Searches by edits of ${grouped(editedPictures)} pictures of the collection, balanced: whether the original is the first result, among the first ten, and found with minMatch same-picture; others are images beside it that were called the same picture, for a search. In brackets the 95% interval, n: pictures.`,
    head: ['edit', 'kind', 'first', 'among ten', 'same picture', 'others', 'n'],
    rows: edits.map((it) => [it.name, it.kind, ...editShares(it), othersText(it), grouped(it.first?.n ?? 0)]),
  };
}

function editShares({ first, amongTen, samePicture }: EditReport): string[] {
  return [first, amongTen, samePicture].map((it) => (it === null ? 'not measured' : intervalText(it)));
}

function othersText({ othersCalledSame }: EditReport): string {
  return othersCalledSame === null ? 'not measured' : othersCalledSame.toFixed(2);
}

function timedText({ queries }: EvaluationReport): string {
  return queries.by === 'image'
    ? 'Searches by images of the collection.'
    : 'Searches by pictures, embedding them included.';
}

function latencyRows({ mode, oneClient, manyClients }: ModeReport, clients: number): string[][] {
  const rate = (perSecond: number) => perSecond.toFixed(1);
  return [
    [mode, '1', ...latencyText(oneClient), '', grouped(oneClient?.n ?? 0)],
    [
      mode,
      String(clients),
      ...latencyText(manyClients),
      manyClients === null ? 'not measured' : rate(manyClients.perSecond),
      grouped(manyClients?.n ?? 0),
    ],
  ];
}

function latencyText(latency: Latency | null): string[] {
  if (latency === null) return ['not measured', '', ''];
  return [latency.p50Ms, latency.p95Ms, latency.p99Ms].map((it) => it.toFixed(1));
}

function roomTable({ room }: EvaluationReport): FigureTable {
  const perImage = (n: number | null) => (n === null ? NOT_KNOWN : `${bytes(Math.round(n))} for an image`);
  return {
    title: 'Memory and disk',
    caption: 'Of the live generation by the reckoning of a reindex plan, and what was measured.',
    head: ['what', 'how much', 'from'],
    rows: [
      ['memory of the index', perImage(room.memoryBytesPerImage), 'reckoned'],
      ['disk of the index', perImage(room.diskBytesPerImage), 'reckoned'],
      [
        'memory of the process that answers, all of it',
        room.residentBytes === null ? NOT_KNOWN : bytes(room.residentBytes),
        'measured before the searches',
      ],
    ],
  };
}

/** `98.2% (96.1 to 99.4, n 100)` */
export function shareText(share: Share | null): string {
  return share === null ? 'not measured' : `${intervalText(share).slice(0, -1)}, n ${grouped(share.n)})`;
}

function intervalText({ share, low, high }: Share): string {
  const percent = (it: number) => (100 * it).toFixed(1);
  return `${percent(share)}% (${percent(low)} to ${percent(high)})`;
}

/** What the figures are of, in a sentence for each thing. */
export function evaluationSetup({ generation, profile, images, queries }: EvaluationReport): readonly string[] {
  const lean = profile?.kind === 'lean' ? `, ${profile.components} numbers` : '';
  const what = queries.by === 'image' ? 'images of the collection' : 'files of the folder';
  return [
    `Generation ${generation}, profile ${profile === null ? NOT_KNOWN : profile.kind}${lean}, ${images === null ? 'how many images is not known' : `${grouped(images)} images`}.`,
    `${grouped(queries.drawn)} queries, drawn by lot from ${grouped(queries.from)} ${what}.`,
  ];
}

/** What a reader should know beside the figures. */
export function evaluationNotes({ notes, sentAgain, ended }: EvaluationReport): readonly string[] {
  return [
    ...(ended === null ? [] : [`It ended early: ${ended.message} These are the figures until then.`]),
    ...notes,
    ...(sentAgain === 0
      ? []
      : [
          `${count(sentAgain, 'request was', 'requests were')} sent again, since the server was busy or did not answer; the waits are in the latencies.`,
        ]),
  ];
}
