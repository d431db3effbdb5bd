import { MicroBatcher, type Waiting } from './micro-batcher.js';

const picture = (input: string): Waiting<string, never> => ({
  input,
  resolve: () => undefined,
  reject: () => undefined,
});
const pictures = (...inputs: string[]) => inputs.map(picture);
const names = (batch: readonly Waiting<string, never>[]) => batch.map((it) => it.input).join(' ');

function batcher(batchSize = 3, maxWaiting = 5) {
  return new MicroBatcher<string, never>({ batchSize, maxWaiting });
}

describe('the micro-batcher', () => {
  test('puts pictures of several calls into one batch, in the order they came', () => {
    const it = batcher();
    it.add('bulk', pictures('a', 'b'));
    it.add('bulk', pictures('c', 'd'));
    expect([names(it.next()), names(it.next()), names(it.next())]).toEqual(['a b c', 'd', '']);
  });

  test('lets an interactive picture go before an import that waits', () => {
    const it = batcher();
    it.add('bulk', pictures('a', 'b', 'c', 'd'));
    it.add('interactive', pictures('query'));
    expect(names(it.next())).toBe('query a b');
  });

  test('keeps one place of every batch for the import', () => {
    const it = batcher();
    it.add('interactive', pictures('q1', 'q2', 'q3', 'q4'));
    it.add('bulk', pictures('a', 'b'));
    expect([names(it.next()), names(it.next())]).toEqual(['q1 q2 a', 'q3 q4 b']);
    it.add('interactive', pictures('q5', 'q6', 'q7'));
    expect(names(it.next())).toBe('q5 q6 q7');
  });

  test('takes turns where a batch has one place only', () => {
    const it = batcher(1);
    it.add('interactive', pictures('q1', 'q2', 'q3'));
    it.add('bulk', pictures('a', 'b'));
    const order = Array.from({ length: 6 }, () => names(it.next()));
    expect(order).toEqual(['q1', 'a', 'q2', 'b', 'q3', '']);
  });

  test('takes all pictures of a call or none, each lane with room of its own', () => {
    const it = batcher();
    expect(it.add('bulk', pictures('a', 'b', 'c', 'd'))).toBe(true);
    expect(it.add('bulk', pictures('e', 'f'))).toBe(false);
    expect(it.add('interactive', pictures('q'))).toBe(true);
    expect(it.waiting).toBe(5);
    expect(it.add('bulk', pictures('e'))).toBe(true);
  });

  test('gives up all that wait when the worker is lost', () => {
    const it = batcher();
    it.add('bulk', pictures('a'));
    it.add('interactive', pictures('q'));
    expect(names(it.takeAll())).toBe('q a');
    expect(it.waiting).toBe(0);
  });
});
