import { seededRandom } from '#testkit';
import type { Evidence } from './evidence.js';
import { fitModel } from './fit-model.js';
import { falseMatches, probability, strength } from './match-scale.js';

const STRANGERS = 20_000;
const COPIES = 2_000;

describe('a model of matches', () => {
  const random = seededRandom(1);
  const exponential = (mean: number) => -mean * Math.log(1 - random());
  const clamped = (value: number) => Math.min(0.999, Math.max(0, value));
  /** Alignments of strangers are exponential, so what their tail says can be held against the truth. */
  const stranger = (): Evidence => ({
    cosine: clamped(0.5 + 0.05 * (random() - 0.5)),
    hashBits: 22 + Math.floor(10 * random()),
    alignment: clamped(exponential(0.02)),
  });
  const copy = (): Evidence => ({
    cosine: clamped(0.55 + 0.4 * random()),
    hashBits: Math.floor(30 * random()),
    alignment: clamped(0.25 + 0.7 * random()),
  });
  const many = (count: number, make: () => Evidence) => Array.from({ length: count }, make);
  const measured = { copies: many(COPIES, copy), strangers: many(STRANGERS, stranger), pairs: 10 * STRANGERS };
  const model = fitModel(measured);

  test('counts false matches as often as strangers have the evidence, also beyond what was measured', () => {
    const alone = fitModel(measured, ['alignment']);
    const strong = (alignment: number) => strength(alone.look, { cosine: null, hashBits: null, alignment });
    // One of ten pairs was looked at; e^-(a / 0.02) of those exceed a.
    for (const alignment of [0.12, 0.16, 0.24]) {
      const expected = Math.log10(0.1 * Math.exp(-alignment / 0.02));
      expect(Math.abs(Math.log10(falseMatches(alone.look, strong(alignment), 1)) - expected)).toBeLessThan(0.6);
    }
    expect(falseMatches(alone.look, strong(0.2), 5_000)).toBeCloseTo(5_000 * falseMatches(alone.look, strong(0.2), 1));
  });

  test('is surer of more evidence of each kind, and less sure among more images', () => {
    const evidence = { cosine: 0.52, hashBits: 26, alignment: 0.1 };
    const sure = (more: Partial<Evidence>, images = 1_000) =>
      probability(model.look, strength(model.look, { ...evidence, ...more }), images);
    for (const more of [{ cosine: 0.7 }, { hashBits: 4 }, { alignment: 0.6 }]) {
      expect(sure(more)).toBeGreaterThanOrEqual(sure({}));
    }
    expect(sure({ alignment: 0.6 })).toBeGreaterThan(0.99);
    expect(sure({ alignment: 0 })).toBeLessThan(0.01);
    expect(sure({}, 1_000_000)).toBeLessThan(sure({}, 1_000));
  });

  test('never counts evidence against a copy', () => {
    const odd = measured.copies.map((it) => ({ ...it, cosine: 0.1 }));
    expect(fitModel({ ...measured, copies: odd }).look.weights.cosine).toBe(0);
  });

  test('takes a second look wherever 999 of 1,000 copies are', () => {
    const missed = measured.copies.filter((it) => strength(model.glance, it) < model.worthALook);
    expect(missed.length).toBeLessThanOrEqual(COPIES / 1_000);
  });
});
