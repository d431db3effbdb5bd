import { getMetadataStorage } from 'class-validator';
import ts from 'typescript';
import type { Schema } from './schema.js';

type Rule = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];
// biome-ignore lint/complexity/noBannedTypes: what class-validator calls a class
type Class = Function;

/** By the names that class-validator, and our own rules, have for them. Types and what may be left out are known already. */
const KEYWORDS: Readonly<Record<string, (...constraints: never[]) => Schema>> = {
  min: (minimum: number) => ({ minimum }),
  max: (maximum: number) => ({ maximum }),
  maxLength: (maxLength: number) => ({ maxLength }),
  matches: (pattern: RegExp) => ({ pattern: pattern.source }),
  isInt: () => ({ type: 'integer' }),
  arrayMaxSize: (maxItems: number) => ({ maxItems }),
  wholeNumber: (minimum: number, maximum: number) => ({ type: 'integer', minimum, maximum }),
  numbers: (maxItems: number) => ({ maxItems }),
};

/** What the class of a body asks of a field, and what a body has that leaves it out; nothing of what is no field of a class. */
export function fieldRules(field: ts.Declaration): { readonly schema: Schema } {
  const { parent, name } = field as ts.Declaration & { readonly name?: ts.Node };
  if (!ts.isPropertyDeclaration(field) || !ts.isClassDeclaration(parent) || name === undefined) return { schema: {} };
  const found = classNamed(parent.name?.text ?? '');
  if (found === null) return { schema: {} };
  const property = field.name.getText();
  const schemas = rulesOf(found)
    .filter((it) => it.propertyName === property)
    .map(({ name: rule = '', constraints = [] }) => KEYWORDS[rule]?.(...(constraints as never[])) ?? {});
  // As an empty body has it.
  const value: unknown = Reflect.get(Reflect.construct(found, []), property);
  return { schema: Object.assign({}, ...schemas, value === undefined ? {} : { default: value }) };
}

function rulesOf(target: Class): readonly Rule[] {
  return getMetadataStorage().getTargetValidationMetadatas(target, '', false, false);
}

/** @throws of two classes of bodies with one name. */
function classNamed(name: string): Class | null {
  const { validationMetadatas } = getMetadataStorage() as unknown as {
    validationMetadatas: ReadonlyMap<Class, unknown>;
  };
  const [found = null, ...others] = [...validationMetadatas.keys()].filter((it) => it.name === name);
  if (others.length > 0) throw new Error(`Two classes of bodies are named ${name}.`);
  return found;
}
