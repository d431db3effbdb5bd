import { appendCases } from './append-cases.js';
import { closingCases } from './closing-cases.js';
import { compactionCases } from './compaction-cases.js';
import { crashCases } from './crash-cases.js';
import { droppingCases } from './dropping-cases.js';
import { forgetCases } from './forget-cases.js';
import { groupCases } from './group-cases.js';
import { type EventLogFactory, LogUnderTest } from './log-under-test.js';
import { readCases } from './read-cases.js';
import { subscriptionCases } from './subscription-cases.js';
import { topicCases } from './topic-cases.js';

export type { EventLogFactory, EventLogFixture, EventLogSettings } from './log-under-test.js';

/** The promises of the EventLog port. Every adapter and the model in memory run these same cases. */
export function eventLogContract(name: string, factory: EventLogFactory): void {
  describe(`${name} keeps the promises of an event log:`, () => {
    let made: LogUnderTest;
    const log = () => made;
    beforeEach(async () => {
      made = await LogUnderTest.open(factory);
    });
    afterEach(() => made.cleanup());

    describe('writing', () => appendCases(log));
    describe('topics', () => topicCases(log));
    describe('reading a range', () => readCases(log));
    describe('a subscription', () => subscriptionCases(log));
    describe('after a crash', () => crashCases(log));
    describe('two members of a group', () => groupCases(log));
    describe('dropping a topic', () => droppingCases(log));
    describe('a compact topic', () => compactionCases(log));
    describe('forgetting', () => forgetCases(log));
    describe('closing', () => closingCases(log));
  });
}
