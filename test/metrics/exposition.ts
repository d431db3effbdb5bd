/** The samples of one metric. */
export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"/y;
const NAME = /^[a-z][a-z0-9_]*$/;

/** Of the application at `url`. */
export async function scrape(url: string): Promise<ReadonlyMap<string, Family>> {
  return parseExposition(await (await fetch(`${url}/metrics`)).text());
}

/** Values of a metric by those of its labels. */
export function series(families: ReadonlyMap<string, Family>, name: string, end = ''): Record<string, number> {
  const samples = (families.get(name)?.samples ?? []).filter((it) => it.name === name + end);
  return Object.fromEntries(samples.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
}

/** Reads the text format of Prometheus, version 0.0.4, and refuses what its own checker would complain of. */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith('\n')) throw new Error('The last line does not end.');
  const reader = new ExpositionReader();
  for (const line of text.split('\n')) if (line !== '') reader.take(line);
  for (const [name, family] of reader.families) check(name, family);
  return reader.families;
}

class ExpositionReader {
  readonly families = new Map<string, { type: string; help: string; samples: Sample[] }>();
  readonly #series = new Set<string>();
  #current = '';

  take(line: string): void {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (keyword === 'HELP') this.#help(name, rest);
    else if (keyword === 'TYPE') this.#type(name, rest);
    else this.#sample(parseSample(line));
  }

  #help(name: string, help: string): void {
    if (this.families.has(name)) throw new Error(`${name} is there twice.`);
    if (help === '') throw new Error(`${name} has no help.`);
    this.families.set(name, { type: '', help, samples: [] });
    this.#current = name;
  }

  #type(name: string, type: string): void {
    const family = this.families.get(name);
    if (family === undefined || name !== this.#current) throw new Error(`The type of ${name} is out of place.`);
    family.type = type;
  }

  #sample(sample: Sample): void {
    const series = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    if (this.#series.has(series)) throw new Error(`${series} is there twice.`);
    this.#series.add(series);
    const family = this.families.get(this.#current);
    if (family === undefined || !belongs(sample.name, this.#current, family.type)) {
      throw new Error(`${series} is out of place.`);
    }
    family.samples.push(sample);
  }
}

function parseSample(line: string): Sample {
  const [, name = '', , inner = '', value = ''] = /^([a-zA-Z_:][\w:]*)(\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === '') throw new Error(`${line} is no sample.`);
  const labels: Record<string, string> = {};
  for (let at = 0; at < inner.length; at += inner[at] === ',' ? 1 : 0) {
    LABEL.lastIndex = at;
    const found = LABEL.exec(inner);
    if (found === null) throw new Error(`${line} has labels that cannot be read.`);
    labels[found[1] as string] = found[2] as string;
    at = LABEL.lastIndex;
  }
  const number = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value);
  if (Number.isNaN(number) && value !== 'Nan') throw new Error(`${line} has no number.`);
  return { name, labels, value: number };
}

function belongs(sample: string, family: string, type: string): boolean {
  const ends =
    type === 'histogram' ? ['_bucket', '_sum', '_count'] : type === 'summary' ? ['', '_sum', '_count'] : [''];
  return ends.some((end) => sample === family + end);
}

function check(name: string, { type, samples }: Family): void {
  if (!['counter', 'gauge', 'histogram', 'summary'].includes(type)) throw new Error(`${name} has no type.`);
  if (!NAME.test(name)) throw new Error(`${name} is no name for a metric.`);
  // Node's own gauges of the default metrics are older than this rule.
  if (name.startsWith('lookalike_')) {
    if ((type === 'counter') !== name.endsWith('_total'))
      throw new Error(`A counter, and nothing else, ends with _total: ${name}`);
  }
  if (type === 'histogram') checkBuckets(name, samples);
}

/** Buckets grow, and the last, of everything, is the count. */
function checkBuckets(name: string, samples: readonly Sample[]): void {
  const series = new Map<string, number[]>();
  for (const { name: part, labels, value } of samples) {
    const { le, ...rest } = labels;
    const key = JSON.stringify(Object.entries(rest).sort());
    if (part === `${name}_bucket`) series.set(key, [...(series.get(key) ?? []), value]);
    if (part !== `${name}_count`) continue;
    const buckets = series.get(key) ?? [];
    const isGrowing = buckets.every((it, at) => at === 0 || it >= (buckets[at - 1] as number));
    if (!isGrowing || buckets.at(-1) !== value) throw new Error(`The buckets of ${name} ${key} are wrong.`);
  }
}
