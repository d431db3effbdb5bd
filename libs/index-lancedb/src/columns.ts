import {
  type Data,
  type DataType,
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int8,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  Utf8,
} from 'apache-arrow';
import {
  type AttributeType,
  type AttributeValue,
  decodeGreyCopy,
  encodeGreyCopy,
  filterableValue,
  filterFields,
  type GenerationSchema,
  type ImageRecordState,
  type StoredRecord,
  type VectorRecord,
  type VectorSpec,
} from '#core';
import { fromHalf, toHalf } from './half.js';

/**
 * One row per image. `id` comes first: an indexed merge whose key is not a leading column updates nothing, and says
 * nothing. `record` is the whole record without its vectors and grey copy as JSON, so whatever was put comes back; what
 * filters may name is there a second time, as `a0`, `a1`, … `v0`, `v1`, … are null unless the image is ready,
 * and LanceDB never finds a null vector, which is all that keeps failed and deleted images out of searches.
 */
export const GREY_COPY_COLUMN = 'grey';
export const STATES = ['ready', 'failed', 'deleted'] as const satisfies readonly ImageRecordState[];

export function vectorColumn(schema: GenerationSchema, name: string): string {
  return `v${schema.vectors.findIndex((it) => it.name === name)}`;
}

/** By position in sorted order: SQL folds the case of names, and dots in them mean fields. */
export function filterColumn(schema: GenerationSchema, name: string): string {
  return `a${filterNames(schema).indexOf(name)}`;
}

function filterNames(schema: GenerationSchema): readonly string[] {
  return Object.keys(filterFields(schema)).sort();
}

function typeOf(schema: GenerationSchema, name: string): AttributeType {
  return filterFields(schema)[name] ?? 'string';
}

/** A list of strings is one text: each item JSON-escaped, so the separator is in none, and a separator on both sides. */
export const STRINGS_SEPARATOR = '\u0001';

export function stringsItem(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

/** What `stringsText` has made of a list. */
export function stringsItems(text: string): string[] {
  const items = text.split(STRINGS_SEPARATOR).slice(1, -1);
  return items.map((it) => JSON.parse(`"${it}"`) as string);
}

const FILTER_TYPES = {
  string: () => new Utf8(),
  strings: () => new Utf8(),
  number: () => new Float64(),
  date: () => new Float64(),
  // Not Bool: apache-arrow 18 writes a column of nothing but null booleans so that LanceDB refuses it.
  boolean: () => new Int8(),
};

export function arrowSchema(schema: GenerationSchema): Schema {
  return new Schema([
    new Field('id', new Utf8(), false),
    new Field('version', new Int64(), false),
    new Field('state', new Int8(), false),
    new Field('record', new Utf8(), false),
    ...(schema.greyCopies ? [new Field(GREY_COPY_COLUMN, new Utf8(), true)] : []),
    ...filterNames(schema).map((it, at) => new Field(`a${at}`, FILTER_TYPES[typeOf(schema, it)](), true)),
    ...schema.vectors.map((it, at) => new Field(`v${at}`, vectorType(it), true)),
  ]);
}

function vectorType({ size, datatype }: VectorSpec): DataType {
  return new FixedSizeList(size, new Field('item', datatype === 'float16' ? new Float16() : new Float32(), true));
}

export function toArrow(records: readonly VectorRecord[], schema: GenerationSchema): Table {
  const arrow = arrowSchema(schema);
  const children = [
    utf8(records.map((it) => it.imageId)),
    makeData({
      type: new Int64(),
      length: records.length,
      data: BigInt64Array.from(records, (it) => BigInt(it.version)),
    }),
    numbers(
      new Int8(),
      Int8Array.from(records, (it) => STATES.indexOf(it.state)),
    ),
    utf8(records.map(recordJson)),
    ...(schema.greyCopies ? [utf8(records.map(greyCopyText))] : []),
    ...filterNames(schema).map((name) => filterData(records, name, schema)),
    ...schema.vectors.map((spec) => vectorData(records, spec)),
  ];
  const data = makeData({ type: new Struct(arrow.fields), length: records.length, nullCount: 0, children });
  return new Table(arrow, [new RecordBatch(arrow, data)]);
}

function recordJson(record: VectorRecord): string {
  if (record.state !== 'ready') return JSON.stringify(record);
  const { vectors: _, greyCopy: __, ...rest } = record;
  return JSON.stringify(rest);
}

function greyCopyText(record: VectorRecord): string | undefined {
  return record.state === 'ready' && record.greyCopy !== undefined ? encodeGreyCopy(record.greyCopy) : undefined;
}

function filterData(records: readonly VectorRecord[], name: string, schema: GenerationSchema): Data {
  const type = typeOf(schema, name);
  const values = records.map((it) => filterableValue(it, name, type));
  if (type === 'string') return utf8(values as (string | undefined)[]);
  if (type === 'strings') return utf8(values.map(stringsText));
  const nulls = validity(values);
  return type === 'boolean'
    ? numbers(
        new Int8(),
        Int8Array.from(values, (it) => (it ? 1 : 0)),
        nulls,
      )
    : // Adding 0 makes -0 the 0 that it equals; LanceDB tells them apart.
      numbers(
        new Float64(),
        Float64Array.from(values, (it) => ((it as number | undefined) ?? 0) + 0),
        nulls,
      );
}

function stringsText(value: AttributeValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  return [...(value as readonly string[]), ''].reduce((text, it) => text + STRINGS_SEPARATOR + stringsItem(it), '');
}

function vectorData(records: readonly VectorRecord[], { name, size, datatype }: VectorSpec): Data {
  const vectors = records.map((it) => (it.state === 'ready' ? it.vectors[name] : undefined));
  const values = new (datatype === 'float16' ? Uint16Array : Float32Array)(records.length * size);
  for (const [at, vector] of vectors.entries()) {
    if (vector !== undefined) values.set(datatype === 'float16' ? Uint16Array.from(vector, toHalf) : vector, at * size);
  }
  const item = datatype === 'float16' ? new Float16() : new Float32();
  const child = makeData({ type: item, length: values.length, nullCount: 0, data: values } as never) as Data;
  return makeData({
    type: new FixedSizeList(size, new Field('item', item, true)),
    length: records.length,
    ...validity(vectors),
    child,
  } as never) as Data;
}

function numbers(type: Int8 | Float64, data: Int8Array | Float64Array, nulls: Partial<Validity> = {}): Data {
  return makeData({ type, length: data.length, nullCount: 0, ...nulls, data } as never) as Data;
}

function utf8(values: readonly (string | undefined)[]): Data {
  const texts = values.map((it) => Buffer.from(it ?? ''));
  const valueOffsets = new Int32Array(values.length + 1);
  for (const [at, text] of texts.entries()) valueOffsets[at + 1] = (valueOffsets[at] ?? 0) + text.length;
  return makeData({
    type: new Utf8(),
    length: values.length,
    ...validity(values),
    valueOffsets,
    data: Buffer.concat(texts),
  });
}

interface Validity {
  readonly nullCount: number;
  readonly nullBitmap: Uint8Array;
}

function validity(values: readonly unknown[]): Validity {
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8));
  let nullCount = 0;
  for (const [at, value] of values.entries()) {
    if (value === undefined) nullCount++;
    else nullBitmap[at >> 3] = (nullBitmap[at >> 3] ?? 0) | (1 << (at & 7));
  }
  return { nullCount, nullBitmap };
}

/** What a reader wants beside `record`. */
export interface WantedColumns {
  readonly vectors: boolean;
  readonly greyCopies: boolean;
}

export const RECORDS_ALONE: WantedColumns = { vectors: false, greyCopies: false };

export function columnsOf(schema: GenerationSchema, wanted: WantedColumns): string[] {
  return [
    'record',
    ...(wanted.greyCopies && schema.greyCopies ? [GREY_COPY_COLUMN] : []),
    ...(wanted.vectors ? schema.vectors.map((_, at) => `v${at}`) : []),
  ];
}

/** Rows read with `columnsOf`. */
export function fromArrow(batch: RecordBatch, schema: GenerationSchema, wanted: WantedColumns): StoredRecord[] {
  const texts = batch.getChild('record');
  const greyCopies = batch.getChild(GREY_COPY_COLUMN);
  const columns = schema.vectors.map((spec, at) => ({ spec, data: batch.getChild(`v${at}`)?.data[0] }));
  return Array.from({ length: batch.numRows }, (_, row) => {
    const record = JSON.parse(texts?.get(row)) as StoredRecord;
    if (record.state !== 'ready') return record;
    const greyCopy = decodeGreyCopy(greyCopies?.get(row));
    const vectors = wanted.vectors
      ? columns.map(({ spec, data }) => [spec.name, vectorAt(data, row, spec)] as const)
      : null;
    return {
      ...record,
      ...(vectors && { vectors: Object.fromEntries(vectors) }),
      ...(greyCopy && { greyCopy }),
    };
  });
}

function vectorAt(data: Data | undefined, row: number, { size, datatype }: VectorSpec): Float32Array {
  const child = data?.children[0];
  if (data === undefined || child === undefined) throw new TypeError('LanceDB left out a vector column.');
  const start = (data.offset + row) * size;
  const values = (child.values as Float32Array | Uint16Array).subarray(start, start + size);
  return datatype === 'float16' ? Float32Array.from(values, fromHalf) : Float32Array.from(values);
}
