import { join } from 'node:path';
import ts from 'typescript';
import { PROJECT_ROOT } from '#testkit';
import { nameOf, pathOf } from './routes.js';
import { describedAs, isOurFile } from './type-schemas.js';

export interface HandlerParameter {
  readonly in: 'path' | 'query';
  /** `null` of a query that is taken whole: each property of its type is a parameter. */
  readonly name: string | null;
  readonly type: ts.Type;
}

/** A method of a controller as its source says it. */
export interface Handler {
  readonly description: string;
  readonly parameters: readonly HandlerParameter[];
  /** By media type. */
  readonly bodies: ReadonlyMap<string, ts.Type>;
  readonly answers: ReadonlyMap<string, ts.Type>;
}

const VERBS = ['Get', 'Post', 'Put', 'Patch', 'Delete'];
const JSON_TYPE = 'application/json';
/** The files that lead to all controllers. */
const ENTRIES = ['apps/ingest', 'apps/embedder', 'apps/query', 'libs/nest'].map((it) =>
  join(PROJECT_ROOT, it, 'src/index.ts'),
);

/** The sources of the applications, with what they import. */
export function sourceProgram(): ts.Program {
  const path = join(PROJECT_ROOT, 'tsconfig.json');
  const { config } = ts.readConfigFile(path, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: ENTRIES, include: [] }, ts.sys, PROJECT_ROOT);
  return ts.createProgram(ENTRIES, { ...options, noEmit: true, incremental: false });
}

/** Readers of all methods of controllers that answer requests, by `GET /v1/images/{imageId}`. */
export function handlersOf(program: ts.Program): ReadonlyMap<string, () => Handler> {
  const checker = program.getTypeChecker();
  const sources = program.getSourceFiles().filter(({ fileName }) => isOurFile(fileName));
  const classes = sources.flatMap((it) => it.statements.filter(ts.isClassDeclaration));
  return new Map(
    classes.flatMap((controller) => {
      const decorator = decoratorOf(controller, 'Controller');
      if (decorator === null) return [];
      return controller.members.filter(ts.isMethodDeclaration).flatMap((method) => {
        const verb = VERBS.find((it) => decoratorOf(method, it) !== null);
        const given = verb === undefined ? null : decoratorOf(method, verb);
        if (verb === undefined || given === null) return [];
        const name = nameOf({ method: verb.toUpperCase(), path: pathOf(textOf(decorator), textOf(given)) });
        return [[name, () => handlerOf(checker, method)] as const];
      });
    }),
  );
}

function handlerOf(checker: ts.TypeChecker, method: ts.MethodDeclaration): Handler {
  const symbol = checker.getSymbolAtLocation(method.name);
  const comment = symbol === undefined ? '' : ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const body = method.parameters.find((it) => decoratorOf(it, 'Body') !== null);
  return {
    description: describedAs(comment).description ?? '',
    parameters: method.parameters.flatMap((it) => parameterOf(checker, it)),
    bodies:
      typesByMedia(checker, method, 'ReadsBody') ??
      new Map(body === undefined ? [] : [[JSON_TYPE, checker.getTypeAtLocation(body)]]),
    answers: typesByMedia(checker, method, 'Answers') ?? new Map([[JSON_TYPE, returnedBy(checker, method)]]),
  };
}

function parameterOf(checker: ts.TypeChecker, node: ts.ParameterDeclaration): HandlerParameter[] {
  const type = checker.getTypeAtLocation(node);
  const [inPath, inQuery] = [decoratorOf(node, 'Param'), decoratorOf(node, 'Query')];
  if (inPath !== null) return [{ in: 'path', name: textOf(inPath), type }];
  if (inQuery === null) return [];
  return [{ in: 'query', name: inQuery.arguments.length === 0 ? null : textOf(inQuery), type }];
}

/** `null` where the decorator is missing or names no types. */
function typesByMedia(checker: ts.TypeChecker, method: ts.MethodDeclaration, decorator: string) {
  const [named] = decoratorOf(method, decorator)?.typeArguments ?? [];
  if (named === undefined) return null;
  const properties = checker.getPropertiesOfType(checker.getTypeFromTypeNode(named));
  return new Map(properties.map((it) => [it.name, checker.getTypeOfSymbol(it)]));
}

function returnedBy(checker: ts.TypeChecker, method: ts.MethodDeclaration): ts.Type {
  const signature = checker.getSignatureFromDeclaration(method);
  const type =
    signature === undefined ? undefined : checker.getAwaitedType(checker.getReturnTypeOfSignature(signature));
  if (type === undefined || type.flags & ts.TypeFlags.Void) {
    throw new Error(`${method.name.getText()} writes its answer itself: Answers<…>() has to say what it is.`);
  }
  return type;
}

function decoratorOf(node: ts.HasDecorators, name: string): ts.CallExpression | null {
  for (const { expression } of ts.getDecorators(node) ?? []) {
    if (ts.isCallExpression(expression) && expression.expression.getText() === name) return expression;
  }
  return null;
}

/** Its only argument; empty when it has none. */
function textOf({ arguments: [argument] }: ts.CallExpression): string {
  if (argument === undefined) return '';
  if (ts.isStringLiteral(argument)) return argument.text;
  throw new Error(`A path is written out, not ${argument.getText()}.`);
}
