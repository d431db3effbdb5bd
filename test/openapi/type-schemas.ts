import ts from 'typescript';
import { fieldRules } from './field-rules.js';
import type { Schema } from './schema.js';

/** How a picture is in a form or in an answer. */
const BYTES: Schema = { type: 'string', format: 'binary', contentMediaType: 'application/octet-stream' };

/**
 * JSON schemas of types, as TypeScript's checker sees them: what is picked, omitted or inferred is resolved by then. A type that
 * the project names is a component of the document under its name; bodies have the rules of their classes too.
 */
export class TypeSchemas {
  readonly components = new Map<string, Schema>();
  readonly #namedTypes = new Map<string, ts.Type>();
  readonly #unionNames: ReadonlyMap<string, string>;

  constructor(private readonly program: ts.Program) {
    this.#unionNames = unionNames(program);
  }

  get #checker(): ts.TypeChecker {
    return this.program.getTypeChecker();
  }

  /** @throws of types that JSON does not have, and of two with one name. */
  of(type: ts.Type): Schema {
    const name = this.#nameOf(type);
    if (name === null) return this.#inline(type);
    if (!this.#namedTypes.has(name)) {
      this.#namedTypes.set(name, type);
      this.components.set(name, { ...describedAs(this.#documentation(type)), ...this.#inline(type) });
    } else if (!this.#isSame(type, this.#namedTypes.get(name))) {
      throw new Error(`Two types of the API are named ${name}: the document needs a name for each.`);
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  /** Of each property, with what is said of it and whether it may be left out. */
  properties(type: ts.Type): readonly { name: string; schema: Schema; isRequired: boolean }[] {
    return this.#checker
      .getPropertiesOfType(type)
      .sort(byPlace)
      .map((property) => {
        const declared = property.valueDeclaration ?? property.declarations?.[0];
        const own = this.#checker.getTypeOfSymbol(property);
        const rules = declared === undefined ? { schema: {}, default: undefined } : fieldRules(declared);
        const description = ts.displayPartsToString(property.getDocumentationComment(this.#checker));
        return {
          name: property.name,
          schema: { ...describedAs(description), ...this.of(withoutUndefined(this.#checker, own)), ...rules.schema },
          isRequired: !isOptional(property, own) && !('default' in rules.schema),
        };
      });
  }

  /** What a reference to a component leads to; any other schema as it is. */
  resolved(schema: Schema): Schema {
    const { $ref } = schema;
    return typeof $ref === 'string' ? (this.components.get($ref.slice($ref.lastIndexOf('/') + 1)) ?? {}) : schema;
  }

  #inline(type: ts.Type): Schema {
    if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return {};
    if (type.flags & ts.TypeFlags.Null) return { type: 'null' };
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
    if (type.flags & ts.TypeFlags.BooleanLiteral) return { const: this.#checker.typeToString(type) === 'true' };
    if (type.flags & ts.TypeFlags.StringLike) return { type: 'string' };
    if (type.flags & ts.TypeFlags.NumberLike) return { type: 'number' };
    if (type.flags & ts.TypeFlags.BooleanLike) return { type: 'boolean' };
    if (type.isUnion()) return this.#union(type);
    // A string or a number that has a name of its own to the compiler.
    const primitive = type.isIntersection() ? type.types.find((it) => !(it.flags & ts.TypeFlags.Object)) : undefined;
    return primitive === undefined ? this.#object(type) : this.#inline(primitive);
  }

  #union(type: ts.UnionType): Schema {
    const members = type.types.filter((it) => !(it.flags & ts.TypeFlags.Undefined));
    const texts = members.flatMap((it) => (it.isStringLiteral() ? [it.value] : []));
    const isBoolean = members.filter((it) => it.flags & ts.TypeFlags.BooleanLiteral).length === 2;
    const others = members.filter(
      (it) => !it.isStringLiteral() && !(isBoolean && it.flags & ts.TypeFlags.BooleanLiteral),
    );
    // The checker has them in the order in which it met them.
    const schemas = [
      ...(texts.length > 0 ? [{ type: 'string', enum: texts.sort() }] : []),
      ...(isBoolean ? [{ type: 'boolean' }] : []),
      ...others.map((it) => this.of(it)).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    ];
    const [only] = schemas;
    return schemas.length === 1 && only !== undefined ? only : { anyOf: schemas };
  }

  #object(type: ts.Type): Schema {
    const checker = this.#checker;
    if (type.symbol?.name === 'Uint8Array') return BYTES;
    if (checker.isTupleType(type) || checker.isArrayType(type)) {
      const [item] = checker.getTypeArguments(type as ts.TypeReference);
      return { type: 'array', items: item === undefined ? {} : this.of(item) };
    }
    if (type.getCallSignatures().length > 0 || isOfNode(type)) {
      throw new Error(`JSON has no ${checker.typeToString(type)}.`);
    }
    const found = this.properties(type);
    const required = found.filter((it) => it.isRequired).map(({ name }) => name);
    const others = checker.getIndexInfoOfType(type, ts.IndexKind.String);
    return {
      type: 'object',
      ...(found.length > 0 && { properties: Object.fromEntries(found.map(({ name, schema }) => [name, schema])) }),
      ...(required.length > 0 && { required }),
      ...(others !== undefined && { additionalProperties: this.of(others.type) }),
      // What a body has beyond its class is refused.
      ...(type.isClass() && { additionalProperties: false }),
    };
  }

  #nameOf(type: ts.Type): string | null {
    if (type.isUnion()) {
      const name = this.#unionNames.get(unionKey(type.types));
      if (name !== undefined) return name;
    }
    const { aliasSymbol, aliasTypeArguments, symbol } = type;
    if (aliasSymbol !== undefined) {
      return aliasTypeArguments === undefined && isOurs(aliasSymbol) ? aliasSymbol.name : null;
    }
    const isNamed = type.isClassOrInterface() && (type.typeParameters ?? []).length === 0;
    return isNamed && symbol !== undefined && isOurs(symbol) ? symbol.name : null;
  }

  #isSame(one: ts.Type, other: ts.Type | undefined): boolean {
    return (
      one === other || (one.isUnion() && other?.isUnion() === true && unionKey(one.types) === unionKey(other.types))
    );
  }

  #documentation(type: ts.Type): string {
    const symbol = type.aliasSymbol ?? type.symbol;
    return symbol === undefined ? '' : ts.displayPartsToString(symbol.getDocumentationComment(this.#checker));
  }
}

/** Sentences of a comment, which is broken into lines anywhere. */
export function describedAs(comment: string): { description?: string } {
  const text = comment.replaceAll(/\s*\n\s*/g, ' ').trim();
  return text === '' ? {} : { description: text };
}

function withoutUndefined(checker: ts.TypeChecker, type: ts.Type): ts.Type {
  if (!type.isUnion() || !type.types.some((it) => it.flags & ts.TypeFlags.Undefined)) return type;
  const isNullable = type.types.some((it) => it.flags & ts.TypeFlags.Null);
  // The checker has no way to take away one of the two.
  return isNullable ? type : checker.getNonNullableType(type);
}

function isOptional(property: ts.Symbol, type: ts.Type): boolean {
  const mayBeUndefined = type.isUnion() && type.types.some((it) => it.flags & ts.TypeFlags.Undefined);
  return (property.flags & ts.SymbolFlags.Optional) !== 0 || mayBeUndefined;
}

/** As they stand in their files; the checker has those of a type that was made from others in any order. */
function byPlace(one: ts.Symbol, other: ts.Symbol): number {
  const [a, b] = [one, other].map((it) => it.valueDeclaration ?? it.declarations?.[0]);
  if (a === undefined || b === undefined) return one.name < other.name ? -1 : 1;
  const [fileA, fileB] = [a.getSourceFile().fileName, b.getSourceFile().fileName];
  return fileA === fileB ? a.pos - b.pos : fileA < fileB ? -1 : 1;
}

/** Unions have no name of their own once `undefined` is taken off, so they are known by their members. */
function unionNames(program: ts.Program): ReadonlyMap<string, string> {
  const checker = program.getTypeChecker();
  const names = new Map<string, string[]>();
  for (const source of program.getSourceFiles().filter(({ fileName }) => isOurFile(fileName))) {
    for (const node of source.statements.filter(ts.isTypeAliasDeclaration)) {
      const type = checker.getTypeAtLocation(node);
      if (node.typeParameters !== undefined || !type.isUnion()) continue;
      const key = unionKey(type.types);
      names.set(key, [...(names.get(key) ?? []), node.name.text]);
    }
  }
  return new Map([...names].flatMap(([key, [name = '', ...others]]) => (others.length === 0 ? [[key, name]] : [])));
}

function unionKey(types: readonly ts.Type[]): string {
  return types
    .map((it) => (it as ts.Type & { readonly id: number }).id)
    .sort((a, b) => a - b)
    .join();
}

function isOurs(symbol: ts.Symbol): boolean {
  return symbol.declarations?.some((it) => isOurFile(it.getSourceFile().fileName)) ?? false;
}

function isOfNode(type: ts.Type): boolean {
  const declared = type.isClassOrInterface() ? (type.symbol.declarations ?? []) : [];
  return declared.some((it) => /node_modules\/(@types\/node|typescript)\//.test(it.getSourceFile().fileName));
}

export function isOurFile(fileName: string): boolean {
  return !fileName.includes('/node_modules/');
}
