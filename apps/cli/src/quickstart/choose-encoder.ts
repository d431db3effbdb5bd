import { join, resolve } from 'node:path';
import { describeSettings, type Environment } from '#config';
import { isLookalikeError } from '#core';
import { fetchModel } from '../commands/models.js';
import type { Context } from '../context.js';
import type { ModelCatalogue } from '../models/model-catalogue.js';
import { commandLine } from '../terminal/command-name.js';

export interface ChosenEncoder {
  readonly name: string;
  /** Where the server keeps its data. */
  readonly dataFolder: string;
  /** The environment that makes the server run so, now or later. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The encoder to start with, its file in place. Without a network the default gives way to one that is made on this
 * machine; an encoder somebody asked for by name never does. An index belongs to one encoder, so the stand-in has a
 * data folder of its own: the next run with a network finds the usual one as it was.
 */
export async function chooseEncoder(
  context: Context,
  catalogue: ModelCatalogue,
  isAskedFor: boolean,
): Promise<ChosenEncoder> {
  const { encoder, storage } = context.settings;
  const { name, modelFile, modelsFolder } = encoder;
  const { dataFolder } = storage;
  const chosen = { name, dataFolder, env: { LOOKALIKE_ENCODER: name } };
  const shipped = catalogue.models.find((it) => it.name === name);
  // A manifest or a file of the user's own is the server's to check.
  if (shipped === undefined || modelFile !== null) return chosen;
  try {
    await fetchModel(context, catalogue, shipped);
    return chosen;
  } catch (error) {
    const seeded = catalogue.models.find(({ trained }) => !trained);
    if (isAskedFor || seeded === undefined || !isOutOfReach(error)) throw error;
    const untrained = standIn(seeded.name, join(dataFolder, 'untrained'), modelsFolder);
    context.say('  That file could not be downloaded; is there a network?');
    context.say(`  Going on with ${seeded.name}, made on this machine. It is untrained: near-duplicates only.`);
    context.say(`  Its data stays apart, in ${resolve(untrained.dataFolder)}. To serve it again later:`);
    context.say(`    ${assignments(untrained.env)} ${commandLine('up')}`);
    context.say('  With a network, run this again: the trained encoder takes its place, in the usual folder.');
    await fetchModel(context, catalogue, seeded);
    return untrained;
  }
}

/** Whether the environment names an encoder; a variable set to nothing does not. */
export function isEncoderAskedFor(env?: Environment): boolean {
  return describeSettings(env).some(({ env: name, isSet }) => name === 'LOOKALIKE_ENCODER' && isSet);
}

function standIn(name: string, dataFolder: string, modelsFolder: string): ChosenEncoder {
  const env = { LOOKALIKE_ENCODER: name, LOOKALIKE_DATA_DIR: dataFolder, LOOKALIKE_MODELS_DIR: modelsFolder };
  return { name, dataFolder, env };
}

function assignments(env: ChosenEncoder['env']): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${/^[\w./:-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`}`)
    .join(' ');
}

function isOutOfReach(error: unknown): boolean {
  return isLookalikeError(error) && ['model-download-failed', 'model-missing'].includes(error.code);
}
