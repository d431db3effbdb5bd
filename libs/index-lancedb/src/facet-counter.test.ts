import { vectorFromArray } from 'apache-arrow';
import { FacetCounter, FacetMemory } from './facet-counter.js';

const TITLE = { subject: { attribute: 'title' }, name: 'title', type: 'string' } as const;

describe('values of a column', () => {
  test('that take more memory than they may are refused by name, not counted in part', () => {
    const counter = new FacetCounter(TITLE, 10, new FacetMemory(1_000));
    counter.add(vectorFromArray(Array(100).fill('the same')));
    const different = vectorFromArray(Array.from({ length: 10 }, (_, at) => `t${at}`));
    expect(() => counter.add(different)).toThrow(
      expect.objectContaining({ code: 'too-many-values', facts: { subject: 'title', maxBytes: 1_000 } }),
    );
  });
});
