import type { VectorIndex } from '#core';
import { closingCases } from './closing-cases.js';
import { droppingCases } from './dropping-cases.js';
import { enduranceCases } from './endurance-cases.js';
import { facetCases } from './facet-cases.js';
import { filterCases } from './filter-cases.js';
import { generationCases } from './generation-cases.js';
import { guardCases } from './guard-cases.js';
import { labelCases } from './label-cases.js';
import { listCases } from './list-cases.js';
import { lossCases } from './loss-cases.js';
import { recordCases } from './record-cases.js';
import { searchCases } from './search-cases.js';
import { SCHEMA } from './vector-records.js';

export interface VectorIndexUnderTest {
  readonly index: VectorIndex;
  /** Another index over what this one has stored, as after a crash: the first is not closed, only left. */
  reopen(): Promise<VectorIndex>;
  /** Takes away all that is stored, as somebody may from outside. */
  lose(): Promise<void>;
  cleanup(): Promise<void>;
}

/** The promises of the VectorIndex port, as cases that every adapter and the in-memory model pass. */
export function vectorIndexContract(name: string, factory: () => Promise<VectorIndexUnderTest>): void {
  describe(`${name} keeps the promises of VectorIndex`, () => {
    let made: VectorIndexUnderTest;
    const index = () => made.index;
    beforeEach(async () => {
      made = await factory();
      await made.index.createGeneration('one', SCHEMA);
    });
    afterEach(() => made.cleanup());

    describe('guarded apply', () => guardCases(index));
    describe('records', () => recordCases(index));
    describe('searches', () => searchCases(index));
    describe('facets', () => facetCases(index));
    describe('filters', () => filterCases(index));
    describe('labels', () => labelCases(index));
    describe('lists', () => listCases(index));
    describe('generations', () => generationCases(index));
    describe('dropping a generation', () => droppingCases(index));
    describe('closing', () => closingCases(index, () => made.reopen()));
    describe('the loss of what is stored', () => lossCases(index, () => made.lose()));
    describe('going on', () => enduranceCases(index, () => made.reopen()));
  });
}
