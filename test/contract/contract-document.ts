import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type AnySchema, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { load } from 'js-yaml';
import { decodeImageEvent, isLookalikeError, type LogRecord } from '#core';
import { PROJECT_ROOT } from '#testkit';

export interface Message {
  readonly headers: Ref;
  readonly payload: Ref;
  readonly examples?: readonly { readonly name: string; readonly headers: Members; readonly payload: unknown }[];
}
interface Ref {
  readonly $ref?: string;
}
export type Members = Readonly<Record<string, unknown>>;

export type Mode = 'binary' | 'structured';

/** A record as a publisher makes it, before it is bytes. */
export interface Sent {
  readonly key: string | null;
  readonly headers: Members;
  /** JSON of the value; `undefined` for a record without one. */
  readonly payload: unknown;
}

export const DOCUMENT = load(readFileSync(join(PROJECT_ROOT, 'docs/reference/asyncapi.yaml'), 'utf8')) as {
  readonly channels: Readonly<Record<string, { readonly address: string; readonly bindings: { kafka: KafkaChannel } }>>;
  readonly components: {
    readonly messages: Readonly<Record<string, Message>>;
    readonly schemas: Readonly<Record<string, Schema>>;
  };
};
export interface KafkaChannel {
  readonly topic: string;
  readonly topicConfiguration: Members;
}
export interface Schema extends Members {
  readonly properties?: Readonly<Record<string, Schema>>;
}

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema(DOCUMENT as unknown as AnySchema, 'asyncapi');

const NAMES = { binary: /^image[A-Z][a-z]+$/, structured: /^image[A-Z][a-z]+Structured$/ };
const VALIDATORS = {
  binary: validatorsOf('binary'),
  structured: validatorsOf('structured'),
};

/** Whether one of the document's messages of the mode is what was sent. */
export function schemaTakes(mode: Mode, { headers, payload }: Sent): boolean {
  return VALIDATORS[mode].some((it) => it.headers(headers) === true && it.payload(payload) === true);
}

export function codecTakes(sent: Sent): boolean {
  try {
    decodeImageEvent(toRecord(sent));
    return true;
  } catch (error) {
    if (!isLookalikeError(error) || error.code !== 'invalid-event') throw error;
    return false;
  }
}

export function toRecord({ key, headers, payload }: Sent): Parameters<typeof decodeImageEvent>[0] {
  return {
    key,
    value: payload === undefined ? null : Buffer.from(JSON.stringify(payload)),
    headers: headers as LogRecord['headers'],
    timestampMs: 77,
  };
}

export function validatorOf(pointer: string): ValidateFunction {
  return ajv.compile({ $ref: `asyncapi#${pointer}` });
}

function validatorsOf(mode: Mode): { headers: ValidateFunction; payload: ValidateFunction }[] {
  return Object.keys(DOCUMENT.components.messages)
    .filter((name) => NAMES[mode].test(name))
    .map((name) => ({
      headers: validatorOf(`/components/messages/${name}/headers`),
      payload: validatorOf(`/components/messages/${name}/payload`),
    }));
}
