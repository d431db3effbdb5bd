import type { EncoderReference, EventLog, LogRecord, RunningEncoder } from '#core';
import { Generations, type KnownGeneration } from '#pipeline';
import type { BatchController, ProcessDouble } from './embedder-process.js';
import { ENCODERS, ProcessEncoders } from './encoders.js';
import * as indexes from './index-doubles.js';
import * as logs from './log-doubles.js';
import { leavingAndComingBack, ofOneWriter } from './schedule.js';
import type { Disks } from './world.js';

/** A product with one fault in it, which schedules must find. */
export interface Mutation {
  readonly name: string;
  readonly double?: ProcessDouble;
  readonly disks?: Pick<Disks, 'openIndex'>;
  readonly readerEncoders?: ProcessEncoders;
  /** Those among which it can be found. */
  readonly schedules?: typeof ofOneWriter;
}

const withLog = (wrap: (log: EventLog) => EventLog): Pick<Mutation, 'double'> => ({
  double: { ports: (ports) => ({ ...ports, log: wrap(ports.log) }) },
});

/** Whatever is asked for, the first one answers. */
class FirstEncoderOnly extends ProcessEncoders {
  override running(): Promise<RunningEncoder> {
    const [first] = ENCODERS;
    if (first === undefined) throw new Error('There is no encoder.');
    return super.running(first);
  }
}

/** Its vectors are those of the first, and it says that they are its own. */
class PretendingEncoders extends ProcessEncoders {
  readonly #first = new FirstEncoderOnly((it) => it);

  override async running(reference: EncoderReference): Promise<RunningEncoder> {
    const [asked, { encoder: first }] = [await super.running(reference), await this.#first.running()];
    const encode: typeof first.encode = (inputs) => first.encode(inputs);
    return { ...asked, encoder: { info: asked.encoder.info, waiting: 0, encode, close: async () => {} } };
  }
}

/** Of those that are needed only the first stays open. */
class HastyEncoders extends ProcessEncoders {
  override keepOnly(fingerprints: ReadonlySet<string>): Promise<void> {
    return super.keepOnly(new Set([...fingerprints].slice(0, 1)));
  }
}

const keepingTheFirst: ProcessDouble = {
  handlers: (handlers) => ({
    ...handlers,
    embed: (records, generation) => handlers.embed(firstOfEachKey(records), generation),
  }),
};

function firstOfEachKey(records: readonly LogRecord[]): readonly LogRecord[] {
  const isFirst = (it: LogRecord, at: number) => records.findIndex(({ key }) => key === it.key) === at;
  return records.filter(isFirst);
}

/** What a stage was given once is not looked at again, whatever became of it. */
const skippingWhatWasSeen: ProcessDouble = {
  handlers: (handlers) => {
    const seen = new Map<string, number>();
    const nameOf = ({ topic, partition }: LogRecord, { name }: KnownGeneration) => `${topic} ${partition} ${name}`;
    const once = (handler: BatchController): BatchController => {
      return async (records, generation) => {
        const fresh = records.filter((it) => it.offset > (seen.get(nameOf(it, generation)) ?? -1));
        const effect = await handler(fresh, generation);
        for (const it of fresh) seen.set(nameOf(it, generation), it.offset);
        return effect;
      };
    };
    return { ...handlers, embed: once(handlers.embed), index: once(handlers.index) };
  },
};

/** The one that was live before is left as it was. */
const neglectingThePrevious: ProcessDouble = {
  handlers: (handlers, { log }) => {
    const generations = new Generations(log);
    return {
      ...handlers,
      index: async (records, generation) => {
        const known = (await generations.current()).get(generation.name);
        if (known?.role === 'previous') throw new Error('Nobody keeps it up to date.');
        return handlers.index(records, generation);
      },
    };
  },
};

export const MUTATIONS: readonly Mutation[] = [
  { name: 'the index has no guard', disks: { openIndex: indexes.unguarded } },
  { name: 'the index takes what has the same version', disks: { openIndex: indexes.takingEqualVersions } },
  { name: 'the index forgets what was deleted', disks: { openIndex: indexes.forgettingTombstones } },
  { name: 'the index acknowledges what it did not write', disks: { openIndex: indexes.cuttingBatches } },
  { name: 'the index drops the live generation', disks: { openIndex: indexes.droppingTheLiveOne } },
  { name: 'a position is committed before its effect', ...withLog(logs.committingEarly) },
  { name: 'what is delivered again is skipped', double: skippingWhatWasSeen },
  { name: 'a new generation is filled from the end of the topic', ...withLog(logs.beginningAtTheEnd) },
  { name: 'a switch does not wait for the marks', ...withLog(logs.lookingCaughtUp) },
  { name: 'a cancelled generation is switched to', ...withLog(logs.hidingCancellations) },
  {
    name: 'a redrive has the key of its image',
    ...withLog(logs.redrivingUnderTheImagesKey),
    schedules: ofOneWriter,
  },
  {
    name: 'vectors are dropped and the group that made them is kept',
    ...withLog(logs.keepingGroups),
    schedules: leavingAndComingBack,
  },
  { name: 'a failure leaves no record', ...withLog(logs.withoutFailures) },
  { name: 'of a batch the first event of an image counts', double: keepingTheFirst },
  { name: 'the generation before is not kept up to date', double: neglectingThePrevious },
  {
    name: 'pictures are embedded with the wrong encoder',
    double: { encoders: (wrap) => new PretendingEncoders(wrap) },
  },
  { name: 'an encoder is closed that is still needed', double: { encoders: (wrap) => new HastyEncoders(wrap) } },
  { name: 'searches use the wrong encoder', readerEncoders: new FirstEncoderOnly((it) => it) },
];
