import { axisMax, type BarChart, barChart } from './bar-chart.js';

const CHART: BarChart = {
  id: 'recall',
  title: 'Recall <&>',
  description: 'Of "all" modes.',
  series: ['recall'],
  groups: [
    { label: 'fast', bars: [{ value: 0.5, interval: { low: 0.25, high: 0.75 }, text: '50%', series: 0 }] },
    { label: '<script>', bars: [{ value: 1, text: '100%', series: 0 }] },
  ],
  max: 1,
  tick: (it) => `${100 * it}%`,
};

const widths = (svg: string) => [...svg.matchAll(/class="bar s\d"[^>]*width="([\d.]+)"/g)].map(([, it]) => Number(it));

describe('a chart of bars', () => {
  test('has bars as long as their values, and whiskers from low to high', () => {
    const svg = barChart(CHART);
    expect(widths(svg)).toEqual([210, 420]);
    expect(svg).toContain('<path class="whisker" d="M365 13H575');
    expect(svg).toContain('>50%</text>');
  });

  test('cuts what is longer than its axis', () => {
    expect(widths(barChart({ ...CHART, max: 0.25 }))).toEqual([420, 420]);
  });

  test('is an image with a name and a description, whatever they hold', () => {
    const svg = barChart(CHART);
    expect(svg).toContain('role="img" aria-labelledby="recall-title recall-description"');
    expect(svg).toContain('<title id="recall-title">Recall &lt;&amp;&gt;</title>');
    expect(svg).toContain('<desc id="recall-description">Of &quot;all&quot; modes.</desc>');
    expect(svg).not.toContain('<script');
  });

  test('names its series when there are several', () => {
    expect(barChart(CHART)).not.toContain('>recall<');
    expect(barChart({ ...CHART, series: ['p50', 'p95'] })).toContain('>p95<');
  });
});

test.each([
  [[0.3], 0.5],
  [[1], 1],
  [[12, 180], 200],
  [[501], 1_000],
])('the axis of %p ends at %d', (values, end) => {
  expect(axisMax(values)).toBeCloseTo(end, 10);
});
