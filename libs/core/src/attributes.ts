import { isLongerThan } from './characters.js';
import { LookalikeError } from './errors.js';
import { type AttributeType, dateMs } from './filter.js';

export type AttributeValue = string | number | boolean | readonly string[];
/** What the publisher says of an image. At most 64 names; at most 16 KiB as JSON. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

export const ATTRIBUTE_LIMITS = {
  names: 64,
  nameLength: 64,
  stringLength: 2048,
  listLength: 64,
  jsonBytes: 16_384,
} as const;

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** Types of attributes by their names. */
export type DeclaredAttributes = Readonly<Record<string, AttributeType>>;

/**
 * @param declared what filters can name, and so must have the type that they compare it with. Others may be anything.
 * @throws LookalikeError `invalid-attributes` naming the attribute and the rule.
 */
export function parseAttributes(value: unknown, declared: DeclaredAttributes = {}): Attributes {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw broken('attributes', 'must be a JSON object');
  }
  const entries = Object.entries(value);
  if (entries.length > ATTRIBUTE_LIMITS.names) {
    throw broken('attributes', `must have at most ${ATTRIBUTE_LIMITS.names} names`);
  }
  for (const [name, entry] of entries) {
    const rule =
      nameRule(name) ?? valueRule(entry) ?? typeRule(entry, Object.hasOwn(declared, name) ? declared[name] : undefined);
    if (rule !== null) throw broken(`attributes.${name.slice(0, ATTRIBUTE_LIMITS.nameLength)}`, rule);
  }
  if (Buffer.byteLength(JSON.stringify(value)) > ATTRIBUTE_LIMITS.jsonBytes) {
    throw broken('attributes', `must be at most ${ATTRIBUTE_LIMITS.jsonBytes} bytes as JSON`);
  }
  return value as Attributes;
}

function nameRule(name: string): string | null {
  if (name.length > ATTRIBUTE_LIMITS.nameLength)
    return `name must have at most ${ATTRIBUTE_LIMITS.nameLength} characters`;
  // __proto__ would vanish silently when the object is copied.
  if (!NAME.test(name) || name === '__proto__') return `name must match ${NAME.source}`;
  return null;
}

function valueRule(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return stringRule(value);
    case 'boolean':
      return null;
    case 'number':
      return Number.isFinite(value) ? null : 'must be a finite number';
    default:
      break;
  }
  if (!Array.isArray(value)) return 'must be a string, a number, a boolean or a list of strings';
  if (value.length > ATTRIBUTE_LIMITS.listLength) return `must have at most ${ATTRIBUTE_LIMITS.listLength} items`;
  for (const item of value) {
    const rule = typeof item === 'string' ? stringRule(item) : 'must be a list of strings';
    if (rule !== null) return rule;
  }
  return null;
}

function typeRule(value: AttributeValue, type: AttributeType | undefined): string | null {
  if (type === undefined) return null;
  if (type === 'date')
    return dateMs(value) === null ? 'must be a date such as 2026-01-31 or 2026-01-31T08:00:00Z' : null;
  const found = typeof value === 'object' ? 'strings' : typeof value;
  return found === type
    ? null
    : `must be ${type === 'strings' ? 'a list of strings' : `a ${type}`}, as it was declared`;
}

function stringRule(value: string): string | null {
  if (isLongerThan(value, ATTRIBUTE_LIMITS.stringLength))
    return `must have at most ${ATTRIBUTE_LIMITS.stringLength} characters`;
  return value.isWellFormed() ? null : 'must be well-formed Unicode';
}

function broken(field: string, rule: string): LookalikeError {
  return new LookalikeError('invalid-attributes', `${field} ${rule}.`, { facts: { field, rule } });
}
