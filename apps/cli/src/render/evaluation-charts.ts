import type { EvaluationReport, ModeReport } from '../evaluate/report.js';
import type { Share } from '../evaluate/statistics.js';
import { axisMax, type Bar, barChart } from './bar-chart.js';

const percent = (share: number) => `${Number((100 * share).toFixed(1))}%`;
const SHARES = { max: 1, tick: percent } as const;
const BESIDE = 'The table below has the same figures.';

/** @returns null when there is nothing to draw, as of the others */
export function recallChart({ modes }: EvaluationReport): string | null {
  const groups = modes.flatMap(({ mode, recallAt10 }) =>
    recallAt10 === null ? [] : [{ label: mode, bars: [shareBar(recallAt10, 0)] }],
  );
  const description = `The share of the ten nearest images that each mode finds, with 95% intervals. ${BESIDE}`;
  if (groups.length === 0) return null;
  return barChart({
    id: 'recall',
    title: 'Recall at 10 by mode',
    description,
    series: ['recall@10'],
    groups,
    ...SHARES,
  });
}

export function labelChart({ modes }: EvaluationReport): string | null {
  const groups = modes.flatMap(({ mode, precisionAt5, precisionAt10 }) => {
    const bars = shareBars([precisionAt5, precisionAt10]);
    return bars.length === 0 ? [] : [{ label: mode, bars }];
  });
  if (groups.length === 0) return null;
  return barChart({
    id: 'labels',
    title: 'Precision by label',
    description: `The share of the first 5 and 10 results with the label of the query, with 95% intervals. ${BESIDE}`,
    series: ['of the first 5', 'of the first 10'],
    groups,
    ...SHARES,
  });
}

export function latencyChart({ modes, clients }: EvaluationReport): string | null {
  const groups = modes.flatMap((it) => latencyGroups(it, clients));
  const values = groups.flatMap(({ bars }) => bars.map(({ value }) => value));
  if (values.length === 0) return null;
  return barChart({
    id: 'latency',
    title: 'Latency by mode and clients',
    description: `Percentiles of the milliseconds that a search takes. ${BESIDE}`,
    series: ['p50', 'p95', 'p99'],
    groups,
    max: axisMax(values),
    tick: (it) => `${Number(it.toPrecision(3))} ms`,
  });
}

export function editChart({ edits }: EvaluationReport): string | null {
  if (edits.length === 0) return null;
  const groups = edits.flatMap(({ name, first, amongTen, samePicture }) => {
    const bars = shareBars([first, amongTen, samePicture]);
    return bars.length === 0 ? [] : [{ label: name, bars }];
  });
  return barChart({
    id: 'edits',
    title: 'Originals found by edited pictures',
    description: `For each edit the share of originals that are first, among ten, and called the same picture, with 95% intervals. ${BESIDE}`,
    series: ['first', 'among ten', 'same picture'],
    groups,
    ...SHARES,
  });
}

function latencyGroups({ mode, oneClient, manyClients }: ModeReport, clients: number) {
  return [
    { label: `${mode}, 1 client`, latency: oneClient },
    { label: `${mode}, ${clients} at the same time`, latency: manyClients },
  ].flatMap(({ label, latency }) => {
    if (latency === null) return [];
    const values = [latency.p50Ms, latency.p95Ms, latency.p99Ms];
    return [{ label, bars: values.map((value, series): Bar => ({ value, text: `${value.toFixed(1)} ms`, series })) }];
  });
}

function shareBars(shares: readonly (Share | null)[]): Bar[] {
  return shares.flatMap((it, series) => (it === null ? [] : [shareBar(it, series)]));
}

function shareBar({ share, low, high }: Share, series: number): Bar {
  return { value: share, interval: { low, high }, text: percent(share), series };
}
