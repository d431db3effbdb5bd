import { SAMPLE_REPORT as REPORT } from '../../test/sample-report.js';
import { PLAIN } from '../terminal/style.js';
import { renderEvaluation } from './evaluation.js';
import { renderEvaluationPage } from './evaluation-page.js';

describe('an evaluation in the terminal', () => {
  test('has every figure with its count, and says what was not measured', () => {
    const text = renderEvaluation(REPORT, PLAIN);
    expect(text).toMatch(
      /^Encoder vgg16-fc2 \(trained, 0123456789ab\)\nGeneration g1, profile lean, 256 numbers, 20,000 images\.\n/,
    );
    expect(text).toContain('100 queries, drawn by lot from 4,000 files of the folder.');
    expect(text).toMatch(
      /\nfast {6}92\.5% \(43\.\d to 99\.\d, n 4\)\nbalanced {2}not measured\nexact {5}all, by definition\n/,
    );
    expect(text).toMatch(/\nfast {6}80\.0% \([^)]*, n 2\) +not measured\n/);
    expect(text).toMatch(/\nfast +8 +4\.0 +8\.3 +1200\.0 +61\.3 +100\n/);
    expect(text).toMatch(/\nexact +8 +not measured +not measured +0\n/);
    expect(text).toMatch(/\nJPEG <10> +easy +50\.0% \(9\.5 to 90\.5\) +100\.0% \([^)]*\) +not measured +0\.25 +2\n/);
    expect(text).toMatch(
      /\nmemory of the index +448 B for an image +reckoned\ndisk of the index +not known +reckoned\n/,
    );
    expect(text).toContain('evil\\u{1b}[2J.jpg');
    expect(text).toContain(
      'It ended early: Stopped by Ctrl-C. These are the figures until then.\nA note.\n3 requests were sent again',
    );
  });
});

describe('an evaluation as a page', () => {
  test('has the same figures, and nothing that runs or comes from elsewhere', () => {
    const page = renderEvaluationPage(REPORT);
    for (const it of [
      '92.5% (43',
      'JPEG &lt;10&gt;',
      'It is &lt;b&gt;.',
      '448 B for an image',
      'A note.',
      '3 requests',
    ]) {
      expect(page).toContain(it);
    }
    expect(page).not.toMatch(/<script|https?:|<b>/);
    expect(page).not.toContain('\u001b');
    expect(page.match(/<svg /g)).toHaveLength(4);
    expect(page.match(/<table /g)).toHaveLength(6);
  });

  test('leaves out what there is nothing of', () => {
    const nothing = { recallAt10: null, oneClient: null, manyClients: null, precisionAt5: null };
    const bare = renderEvaluationPage({
      ...REPORT,
      modes: REPORT.modes.map((it) => ({ ...it, ...nothing })),
      edits: [],
      refused: [],
      ended: null,
    });
    expect(bare).not.toContain('<svg ');
    expect(bare.match(/<table /g)).toHaveLength(3);
    expect(bare).not.toContain('ended early');
  });

  test('says of an untrained encoder what it is good for', () => {
    expect(renderEvaluationPage(REPORT)).not.toContain('untrained');
    const untrained = { ...REPORT, encoder: { ...REPORT.encoder, trained: false } };
    expect(renderEvaluationPage(untrained)).toContain('Note: the encoder is untrained.');
  });
});
