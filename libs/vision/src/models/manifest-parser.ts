import { readFile } from 'node:fs/promises';
import { LookalikeError } from '#core';
import type { ModelFile } from '../model-store/model-file.js';
import type { ResizeKernel, ResizeRule } from '../pictures/resize-rule.js';
import {
  CLASS_LISTS,
  type ClassHead,
  type EncoderManifest,
  type Feature,
  type FeatureLayer,
  type InputRule,
  manifestError,
  type Pooling,
} from './encoder-manifest.js';

/** What a user may ask for; beyond it a mistake is likelier than a wish. */
const LIMITS = {
  maxAlso: 3,
  maxManifestBytes: 64 * 1024,
  maxInputSide: 2048,
  maxVectorSize: 65_536,
  maxModelBytes: 4 * 2 ** 30,
};

/** @throws `invalid-setting` naming the file, or the field and its rule. */
export async function readEncoderManifest(path: string): Promise<EncoderManifest> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new LookalikeError('invalid-setting', `Encoder manifest ${path} cannot be read.`, { cause, facts: { path } });
  }
  if (text.length > LIMITS.maxManifestBytes)
    throw manifestError('(file)', `must be at most ${LIMITS.maxManifestBytes} bytes`);
  try {
    return parseEncoderManifest(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof LookalikeError) throw cause;
    throw new LookalikeError('invalid-setting', `Encoder manifest ${path} is not JSON.`, { cause, facts: { path } });
  }
}

/** A value from outside to a manifest. Unknown fields are refused: a misspelt `trainde` must not go unseen. */
export function parseEncoderManifest(value: unknown): EncoderManifest {
  const it = fields(
    value,
    '',
    ['name', 'model', 'input', 'layer', 'pooling', 'vector', 'trained'],
    ['also', 'classes'],
  );
  const feature = parseFeature(it, '');
  const trained = flag(it.trained, 'trained');
  return {
    name: text(
      it.name,
      'name',
      /^[A-Za-z0-9._-]{1,64}$/,
      'must be 1 to 64 letters, digits, dots, dashes or underscores',
    ),
    model: parseModelFile(it.model),
    input: parseInput(it.input),
    ...feature,
    ...(it.also !== undefined && { also: parseAlso(it.also, feature) }),
    trained,
    ...(it.classes !== undefined && { classes: parseClasses(it.classes, trained) }),
  };
}

function parseClasses(value: unknown, isTrained: boolean): ClassHead {
  const it = fields(value, 'classes', ['layer', 'names', 'values', 'floor', 'trained']);
  if (!isTrained || !flag(it.trained, 'classes.trained')) {
    throw manifestError('classes.trained', 'must be true, and trained too: layers that are not trained name nothing');
  }
  const floor = number(it.floor, 'classes.floor');
  if (floor <= 0 || floor > 1) throw manifestError('classes.floor', 'must be above 0 and at most 1');
  const layer = it.layer === 'output' ? 'output' : parseLayer(it.layer, 'classes.layer');
  if (typeof layer !== 'object' && layer !== 'output') {
    throw manifestError('classes.layer', 'must be "output" or {"tensor": name}');
  }
  return {
    layer,
    names: oneOf(it.names, 'classes.names', Object.keys(CLASS_LISTS) as (keyof typeof CLASS_LISTS)[]),
    values: oneOf(it.values, 'classes.values', ['logits', 'probabilities']),
    floor,
    trained: true,
  };
}

function parseAlso(value: unknown, first: Feature): readonly Feature[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > LIMITS.maxAlso) {
    throw manifestError('also', `must be a list of 1 to ${LIMITS.maxAlso} vectors`);
  }
  const names = new Set([first.vector.name]);
  return value.map((each, at) => {
    const path = `also[${at}]`;
    const feature = parseFeature(fields(each, path, ['layer', 'pooling', 'vector']), `${path}.`);
    if (names.has(feature.vector.name)) throw manifestError(`${path}.vector.name`, 'must be another one');
    names.add(feature.vector.name);
    return feature;
  });
}

/** @param path before the names of its fields. */
function parseFeature(it: Record<string, unknown>, path: string): Feature {
  const layer = parseLayer(it.layer, `${path}layer`);
  const pooling = parsePooling(it.pooling, layer, `${path}pooling`);
  const vector = fields(it.vector, `${path}vector`, ['name', 'size']);
  const rule = 'must be a lowercase word of at most 32 letters';
  return {
    layer,
    pooling,
    vector: {
      name: text(vector.name, `${path}vector.name`, /^[a-z][a-z0-9_]{0,31}$/, rule),
      size: whole(vector.size, `${path}vector.size`, 1, LIMITS.maxVectorSize),
    },
  };
}

function parseModelFile(value: unknown): ModelFile {
  const it = fields(value, 'model', ['file', 'sizeBytes', 'sha256', 'urls', 'licence', 'authors', 'source']);
  if (!Array.isArray(it.urls)) throw manifestError('model.urls', 'must be a list of addresses');
  return {
    file: text(it.file, 'model.file', /^(?!\.)[A-Za-z0-9._-]{1,128}$/, 'must be a file name without folders'),
    sizeBytes: whole(it.sizeBytes, 'model.sizeBytes', 1, LIMITS.maxModelBytes),
    sha256: text(it.sha256, 'model.sha256', /^[0-9a-f]{64}$/, 'must be 64 lowercase hex digits'),
    urls: it.urls.map((url, i) =>
      text(url, `model.urls[${i}]`, /^https?:\/\/\S+$/, 'must be an http or https address'),
    ),
    licence: text(it.licence, 'model.licence'),
    authors: text(it.authors, 'model.authors'),
    source: text(it.source, 'model.source'),
  };
}

function parseInput(value: unknown): InputRule {
  const it = fields(value, 'input', ['resize', 'colourOrder', 'scale', 'mean', 'std', 'layout']);
  const std = triple(it.std, 'input.std');
  if (std.some((each) => each <= 0)) throw manifestError('input.std', 'must be three numbers above 0');
  const scale = number(it.scale, 'input.scale');
  if (scale <= 0) throw manifestError('input.scale', 'must be above 0');
  return {
    resize: parseResize(it.resize),
    colourOrder: oneOf(it.colourOrder, 'input.colourOrder', ['RGB', 'BGR']),
    scale,
    mean: triple(it.mean, 'input.mean'),
    std,
    layout: oneOf(it.layout, 'input.layout', ['NCHW', 'NHWC']),
  };
}

function parseResize(value: unknown): ResizeRule {
  const at = 'input.resize';
  const kind = oneOf(anyObject(value, at).kind, `${at}.kind`, ['short-side-crop', 'stretch']);
  const kernelOf = (it: Record<string, unknown>): ResizeKernel =>
    oneOf(it.kernel, `${at}.kernel`, ['cubic', 'lanczos3', 'linear', 'nearest']);
  const side = (it: Record<string, unknown>, name: string) => whole(it[name], `${at}.${name}`, 1, LIMITS.maxInputSide);
  if (kind === 'stretch') {
    const it = fields(value, at, ['kind', 'width', 'height', 'kernel']);
    return { kind, width: side(it, 'width'), height: side(it, 'height'), kernel: kernelOf(it) };
  }
  const it = fields(value, at, ['kind', 'shortSide', 'crop', 'kernel']);
  const rule = { kind, shortSide: side(it, 'shortSide'), crop: side(it, 'crop'), kernel: kernelOf(it) };
  if (rule.crop > rule.shortSide) throw manifestError(`${at}.crop`, 'must not be larger than shortSide');
  return rule;
}

function parseLayer(value: unknown, at: string): FeatureLayer {
  if (value === 'fc1' || value === 'fc2' || value === 'pooled') return value;
  if (typeof value !== 'object') throw manifestError(at, 'must be "fc1", "fc2", "pooled" or {"tensor": name}');
  return { tensor: text(fields(value, at, ['tensor']).tensor, `${at}.tensor`) };
}

function parsePooling(value: unknown, layer: FeatureLayer, at: string): Pooling {
  const kind = oneOf(anyObject(value, at).kind, `${at}.kind`, ['none', 'gem']);
  if (kind === 'none') {
    fields(value, at, ['kind']);
    return { kind };
  }
  const p = number(fields(value, at, ['kind', 'p']).p, `${at}.p`);
  if (p < 1 || p > 10) throw manifestError(`${at}.p`, 'must be from 1 to 10');
  if (layer === 'fc1' || layer === 'fc2') throw manifestError(`${at}.kind`, `must be none for ${layer}`);
  return { kind, p };
}

function anyObject(value: unknown, field: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw manifestError(field || '(file)', 'must be an object');
}

function fields(
  value: unknown,
  field: string,
  names: readonly string[],
  optional: readonly string[] = [],
): Record<string, unknown> {
  const found = anyObject(value, field);
  const path = (name: string) => (field ? `${field}.${name}` : name);
  for (const name of names) if (found[name] === undefined) throw manifestError(path(name), 'is missing');
  for (const name of Object.keys(found))
    if (!names.includes(name) && !optional.includes(name)) throw manifestError(path(name), 'is not a known field');
  return found;
}

function text(value: unknown, field: string, pattern = /^[^\p{Cc}]{1,1000}$/u, rule = 'must be a text'): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw manifestError(field, rule);
  return value;
}

function number(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw manifestError(field, 'must be a number');
  return value;
}

function whole(value: unknown, field: string, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw manifestError(field, `must be a whole number from ${least} to ${most}`);
  }
  return value;
}

function flag(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw manifestError(field, 'must be true or false');
  return value;
}

function triple(value: unknown, field: string): [number, number, number] {
  if (!Array.isArray(value) || value.length !== 3) throw manifestError(field, 'must be three numbers');
  return [number(value[0], field), number(value[1], field), number(value[2], field)];
}

function oneOf<T extends string>(value: unknown, field: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw manifestError(field, `must be one of ${choices.join(', ')}`);
  return found;
}
