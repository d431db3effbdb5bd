import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '#testkit';

const ROW = /^\| \*\*(\d)\. ([^*]+)\*\*.*\| `([^`]+)`: \*([^*]+)\* \|$/;

const ideas = readFileSync(join(PROJECT_ROOT, 'ARCHITECTURE.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, number, idea, file, test] = ROW.exec(line) ?? [];
    return number === undefined ? [] : [{ number, idea, file: file ?? '', test: test ?? '' }];
  });

test('ARCHITECTURE.md names seven ideas, each with its guard', () => {
  expect(ideas.map(({ number }) => number)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
});

test.each(ideas)('$idea is guarded by "$test" in $file', ({ file, test: title }) => {
  expect(readFileSync(join(PROJECT_ROOT, file), 'utf8')).toContain(`test('${title}'`);
});
