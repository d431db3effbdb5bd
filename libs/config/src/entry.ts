import type { SchemaObj } from 'convict';

export function wholeNumber(
  env: string,
  standard: number,
  [min, max]: [number, number],
  doc: string,
): SchemaObj<number> {
  return { env, format: 'whole-number', default: standard, min, max, doc, allowed: `a whole number, ${min} to ${max}` };
}

/** Above 0 and below 1. */
export function share(env: string, standard: number, doc: string): SchemaObj<number> {
  return { env, format: 'share', default: standard, doc, allowed: 'a number between 0 and 1' };
}

export function text(env: string, standard: string, doc: string, allowed: string): SchemaObj<string> {
  return { env, format: 'text', default: standard, doc, allowed };
}

/** `null` when it is not set. */
export function optionalText(env: string, doc: string, allowed: string, defaultText: string): SchemaObj<string | null> {
  return { env, format: 'text', default: null, nullable: true, doc, allowed, defaultText };
}

/** Shown masked wherever settings are shown. */
export function optionalSecret(env: string, doc: string): SchemaObj<string | null> {
  return { ...optionalText(env, doc, 'a text', 'none'), sensitive: true };
}

/** Shown masked wherever settings are shown. */
export function apiKey(env: string, doc: string): SchemaObj<string | null> {
  const allowed = 'a key as `lookalike keys new` makes it';
  return { env, format: 'api-key', default: null, nullable: true, sensitive: true, doc, allowed, defaultText: 'none' };
}

export function httpUrl(env: string, standard: string, doc: string): SchemaObj<string> {
  return { env, format: 'http-url', default: standard, doc, allowed: 'an http or https address' };
}

/** `null` when it is not set. */
export function optionalHttpUrl(env: string, doc: string, defaultText: string): SchemaObj<string | null> {
  return {
    env,
    format: 'http-url',
    default: null,
    nullable: true,
    doc,
    allowed: 'an http or https address',
    defaultText,
  };
}

export function oneOf<const Value extends string>(
  env: string,
  values: readonly Value[],
  standard: NoInfer<Value>,
  doc: string,
): SchemaObj<Value> {
  const allowed = `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
  return { env, format: values as never, default: standard, doc, allowed };
}
