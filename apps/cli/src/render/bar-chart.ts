import { escapeHtml } from './html.js';

export interface Bar {
  readonly value: number;
  /** Drawn as a whisker. */
  readonly interval?: { readonly low: number; readonly high: number };
  /** Written at the end of the line. */
  readonly text: string;
  /** Index into `series`. */
  readonly series: number;
}

export interface BarChart {
  /** Of this chart alone in its page: [a-z-]. */
  readonly id: string;
  readonly title: string;
  /** For who does not see it. */
  readonly description: string;
  /** Named above the bars when there are several; at most three. */
  readonly series: readonly string[];
  readonly groups: readonly { readonly label: string; readonly bars: readonly Bar[] }[];
  /** Of the axis, from 0. */
  readonly max: number;
  readonly tick: (value: number) => string;
}

/** In units of the drawing, which is as wide as its page. */
const WIDTH = 760;
const LABELS = 250;
const AXIS = { left: LABELS + 10, right: WIDTH - 80 };
const LINE = 18;
const BAR = 12;
const GROUP_GAP = 8;
const HEAD = 26;
const FOOT = 24;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** Horizontal bars from 0, as SVG that takes its colours from classes: `bar s0` to `s2`, `whisker`, `grid`. */
export function barChart({ id, title, description, series, groups, max, tick }: BarChart): string {
  const x = (value: number) => round(AXIS.left + (AXIS.right - AXIS.left) * Math.min(1, Math.max(0, value / max)));
  const top = series.length > 1 ? HEAD : 4;
  let y = top;
  const lines: string[] = [];
  for (const { label, bars } of groups) {
    const middle = y + (bars.length * LINE) / 2;
    lines.push(text(LABELS, middle, 'end', label));
    for (const bar of bars) {
      lines.push(barLine(bar, y, x));
      y += LINE;
    }
    y += GROUP_GAP;
  }
  const grid = TICKS.map((it) => gridLine(x(it * max), top, y, tick(it * max)));
  const names = series.length > 1 ? series.map(legend) : [];
  return [
    `<svg viewBox="0 0 ${WIDTH} ${y + FOOT}" role="img" aria-labelledby="${id}-title ${id}-description">`,
    `<title id="${id}-title">${escapeHtml(title)}</title>`,
    `<desc id="${id}-description">${escapeHtml(description)}</desc>`,
    ...names,
    ...grid,
    ...lines,
    '</svg>',
  ].join('\n');
}

/** The least of 1, 2 and 5 times a power of ten that is not below. */
export function axisMax(values: readonly number[]): number {
  const most = Math.max(...values, Number.MIN_VALUE);
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 5].find((it) => it * power >= most) ?? 10) * power;
}

function barLine({ value, interval, text: words, series }: Bar, y: number, x: (value: number) => number): string {
  const width = round(x(value) - x(0));
  const bar = `<rect class="bar s${series}" x="${x(0)}" y="${y + (LINE - BAR) / 2}" width="${width}" height="${BAR}"/>`;
  const end = text(AXIS.right + 8, y + LINE / 2, 'start', words);
  return interval === undefined ? bar + end : bar + whisker(x(interval.low), x(interval.high), y + LINE / 2) + end;
}

function whisker(from: number, to: number, y: number): string {
  const ends = [from, to].map((it) => `M${it} ${y - 3}V${y + 3}`).join('');
  return `<path class="whisker" d="M${from} ${y}H${to}${ends}"/>`;
}

function gridLine(x: number, top: number, bottom: number, words: string): string {
  return `<path class="grid" d="M${x} ${top}V${bottom}"/>${text(x, bottom + 12, 'middle', words)}`;
}

function legend(name: string, at: number): string {
  const left = AXIS.left + at * 140;
  return `<rect class="bar s${at}" x="${left}" y="4" width="12" height="12"/>${text(left + 18, 10, 'start', name)}`;
}

function text(x: number, y: number, anchor: 'start' | 'middle' | 'end', words: string): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" dominant-baseline="central">${escapeHtml(words)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
