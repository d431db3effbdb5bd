import type { VerificationReport } from '#core';
import type { VerificationOptions, Verify } from '#pipeline';

const TAKES_MS = 300;
const CHANCE_OF_A_FINDING = 0.1;

/**
 * In place of the real one, whose files a virtual clock cannot wait for. It takes a while, meets what the index has lost, and finds
 * something every now and then, so that schedules have generations that wait for somebody. The schedules on real adapters
 * have the real one.
 */
function quickVerification({ index }: VerificationOptions): Verify {
  return async ({ name }, _, signal): Promise<VerificationReport> => {
    await new Promise((resolve) => setTimeout(resolve, TAKES_MS));
    signal.throwIfAborted();
    const counts = await index.count({ generation: name });
    return { passed: Math.random() >= CHANCE_OF_A_FINDING, atMs: Date.now(), positions: [], counts, checks: [] };
  };
}

jest.mock('../../libs/pipeline/src/generations/verification.js', () => ({ verification: quickVerification }));
