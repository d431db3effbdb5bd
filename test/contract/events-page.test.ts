import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  ATTRIBUTE_LIMITS,
  DEAD_LETTER_MAX_BYTES,
  DEAD_LETTERS_TOPIC,
  decodeDeadLetter,
  decodeImageEvent,
  ERROR_CODES,
  EVENT_LIMITS,
  EVENT_LOG_LIMITS,
  EVENT_TYPES,
  IMAGE_EVENTS_TOPIC,
  IMAGE_ID_MAX_LENGTH,
  parseAttributes,
} from '#core';
import { DEFAULT_KAFKA_SETTINGS } from '#log-kafka';
import { PROJECT_ROOT } from '#testkit';
import { MAX_RECORD_BYTES } from '../../libs/bootstrap/src/max-record-bytes.js';
import { schemaTakes, toRecord } from './contract-document.js';

const PATH = join(PROJECT_ROOT, 'docs/reference/events.md');
const PAGE = readFileSync(PATH, 'utf8');

describe('docs/reference/events.md', () => {
  const examples = blocks('event').map(parseExample);

  test('has each event in each mode, which schema and code take, and both modes say the same', () => {
    const read = examples.map((sent) => {
      const mode = sent.headers.ce_type === undefined ? 'structured' : 'binary';
      expect(schemaTakes(mode, sent)).toBe(true);
      return { mode, event: decodeImageEvent(toRecord(sent)) } as const;
    });
    const of = (mode: string) => read.filter((it) => it.mode === mode).map((it) => it.event);
    expect(of('binary').map((it) => it.kind)).toEqual(Object.keys(EVENT_TYPES));
    expect(of('structured')).toEqual(of('binary'));
  });

  test('shows a dead letter that is one', () => {
    const [letter = ''] = blocks('dead-letter');
    const { original, reason } = decodeDeadLetter({ value: Buffer.from(letter) });
    expect(() => decodeImageEvent(original)).toThrow(expect.objectContaining(reason));
  });

  test.each<[string, number[]]>([
    ['`subject`', [IMAGE_ID_MAX_LENGTH]],
    ['`id`', [EVENT_LIMITS.id]],
    ['`source`', [EVENT_LIMITS.source]],
    ['`data.uri`', [EVENT_LIMITS.uri]],
    ['`data.sizeBytes`', [Number.MAX_SAFE_INTEGER]],
    ['`data.mediaType`', [EVENT_LIMITS.mediaType]],
    ['`data.attributes`', [ATTRIBUTE_LIMITS.names, ATTRIBUTE_LIMITS.jsonBytes]],
    ['name of an attribute', [ATTRIBUTE_LIMITS.nameLength]],
    ['value of an attribute', [ATTRIBUTE_LIMITS.stringLength, ATTRIBUTE_LIMITS.listLength]],
    ['`max.request.size`, a record', [DEFAULT_KAFKA_SETTINGS.maxRecordBytes]],
  ])('says of %s what the code says', (name, limits) => {
    const numbers = row(name).map((cell) => cell.match(/\d+/g)?.map(Number) ?? []);
    // The last cell that has any; texts have at least one character.
    expect(numbers.findLast((it) => it.length > 0)?.filter((it) => it !== 1)).toEqual(limits);
  });

  test('says of names what the code says', () => {
    const [, pattern = ''] = /`(\[A-Za-z_\][^`]*)`/.exec(PAGE) ?? [];
    expect(() => parseAttributes({ 'a b': 1 })).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`^${pattern}$`) }),
    );
  });

  test('names the topics, and the limits of records and letters', () => {
    expect(PAGE).toContain(`Topic \`${IMAGE_EVENTS_TOPIC}\``);
    expect(PAGE).toContain(`the topic \`${DEAD_LETTERS_TOPIC}\``);
    expect(PAGE).toContain(`may have ${DEFAULT_KAFKA_SETTINGS.maxRecordBytes} bytes`);
    expect(PAGE).toContain(`more than ${DEAD_LETTER_MAX_BYTES} bytes`);
  });

  test('a letter of that size fits into every log, with its key and headers', () => {
    const sizeBytes = DEAD_LETTER_MAX_BYTES + EVENT_LOG_LIMITS.keyBytes + 1024;
    expect(sizeBytes).toBeLessThan(MAX_RECORD_BYTES);
    expect(MAX_RECORD_BYTES).toBe(DEFAULT_KAFKA_SETTINGS.maxRecordBytes);
  });

  test('names every reason that a picture has, and no code that is none', () => {
    const reasons =
      row('its picture cannot be shown')
        .at(-1)
        ?.match(/[a-z]+(-[a-z]+)+/g) ?? [];
    expect(Object.keys(ERROR_CODES)).toEqual(expect.arrayContaining(reasons));
    const outcomes = Object.entries(ERROR_CODES).filter(([, { canRetry }]) => !canRetry);
    const ofPictures = outcomes.map(([code]) => code).filter((it) => /^(picture|link)-/.test(it));
    expect(reasons).toEqual(expect.arrayContaining(ofPictures));
  });

  test('links to what is there', () => {
    const links = [...PAGE.matchAll(/\]\(([^)#:]+)\)/g)].map(([, it = '']) => it);
    expect(links.length).toBeGreaterThan(4);
    for (const link of links) expect([link, existsSync(join(dirname(PATH), link))]).toEqual([link, true]);
  });
});

function blocks(language: string): string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([^\`]*)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);
}

/** The key and the headers, an empty line, the value. */
function parseExample(block: string) {
  const [head = '', body = ''] = block.split('\n\n');
  const lines = head.split('\n').map((it) => {
    const at = it.indexOf(': ');
    return [it.slice(0, at), it.slice(at + 2)] as const;
  });
  const { key = null, ...headers } = Object.fromEntries<string>(lines);
  return { key, headers, payload: JSON.parse(body) as unknown };
}

function row(name: string): string[] {
  const line = PAGE.split('\n').find((it) => it.startsWith(`| ${name} |`));
  if (line === undefined) throw new Error(`no row of ${name}`);
  return line
    .split('|')
    .slice(1, -1)
    .map((it) => it.trim());
}
