import { type ArgumentMetadata, type ValidationError, ValidationPipe } from '@nestjs/common';
import { LookalikeError } from '#core';
import type { FieldError } from './problem.js';

const NOT_AN_OBJECT: FieldError = { field: 'body', rule: 'must be a JSON object' };

class BodyValidation extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // An empty list would pass as an object without any fields.
    if (metadata.type === 'body' && Array.isArray(value)) throw invalidRequest([NOT_AN_OBJECT]);
    const hidden = metadata.type === 'body' ? hiddenFault(value) : null;
    if (hidden !== null) throw invalidRequest([hidden]);
    return super.transform(value, metadata);
  }
}

/** Checks bodies and queries against their classes: unknown fields are refused, every broken rule is named. */
export function bodyValidation(): ValidationPipe {
  return new BodyValidation({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    exceptionFactory: (errors) => invalidRequest(errors.flatMap((error) => fieldErrors(error))),
  });
}

/** `invalid-request` that lists what is wrong where. */
export function invalidRequest(errors: readonly FieldError[]): LookalikeError {
  const sentences = errors.map(({ field, rule }) => `${field} ${rule}.`);
  return new LookalikeError('invalid-request', sentences.join(' '), { facts: { errors } });
}

const MAX_DEPTH = 16;

/**
 * What would pass unseen: keys named `__proto__`, which Nest takes out without a word, and fields that have the name of
 * something every object has, which class-validator takes for known. And depth that would end the recursion.
 */
function hiddenFault(value: unknown, path: readonly string[] = []): FieldError | null {
  if (typeof value !== 'object' || value === null) return null;
  if (path.length > MAX_DEPTH) return { field: path[0] ?? 'body', rule: `must not be nested over ${MAX_DEPTH} deep` };
  for (const [key, inner] of Object.entries(value)) {
    const at = [...path, key];
    const isHidden = path.length === 0 ? key in Object.prototype : key === '__proto__';
    const fault = isHidden ? { field: at.join('.'), rule: 'is not known' } : hiddenFault(inner, at);
    if (fault !== null) return fault;
  }
  return null;
}

function fieldErrors({ property, constraints, children }: ValidationError, parent?: string): FieldError[] {
  // class-validator has no property for a body that is not an object at all.
  if (property === undefined) return [NOT_AN_OBJECT];
  const field = parent === undefined ? property : `${parent}.${property}`;
  const own = Object.entries(constraints ?? {}).map(([rule, message]) => ({
    field,
    rule: text(rule, message, property),
  }));
  return [...own, ...(children ?? []).flatMap((child) => fieldErrors(child, field))];
}

function text(rule: string, message: string, property: string): string {
  if (rule === 'whitelistValidation') return 'is not known';
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}
