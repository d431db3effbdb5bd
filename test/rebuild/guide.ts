import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '#testkit';
import { runCommand } from '../../apps/cli/test/run-command.js';

/** As a clone runs it that is not installed. */
const IN_CLONE = 'npm run lookalike -- ';
const COMMAND = join(PROJECT_ROOT, 'dist/apps/cli/src/main.js');

/** What a section of a page tells its reader to type, by the section's heading; '' before the first. @param path from the project's folder. */
export function shellOf(path: string): ReadonlyMap<string, string> {
  const [first = '', ...sections] = readFileSync(join(PROJECT_ROOT, path), 'utf8').split(/^## /m);
  return new Map(
    [`\n${first}`, ...sections].flatMap((section) => {
      const [heading = '', ...lines] = section.split('\n');
      const blocks = [...lines.join('\n').matchAll(/^```(?:bash|sh)\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
      return blocks.length === 0 ? [] : [[heading, blocks.join('')] as const];
    }),
  );
}

/** The same for a shell that is not in the project's folder. */
export function runnable(shell: string): string {
  return shell.replaceAll(IN_CLONE, `'${process.execPath}' '${COMMAND}' `);
}

/** Of these, the commands of `lookalike` one by one. @param folder of `docs`. */
export function guideCommands(name: string, folder = 'how-to'): ReadonlyMap<string, readonly string[]> {
  const typed = [...shellOf(`docs/${folder}/${name}.md`)].map(([heading, shell]) => {
    const lines = shell.split('\n').map((it) => it.replace(IN_CLONE, 'lookalike '));
    return [heading, lines.filter((it) => it.startsWith('lookalike '))] as const;
  });
  return new Map(typed.filter(([, commands]) => commands.length > 0));
}

/** Types it, with words replaced that are the reader's own. @returns what it printed. @throws when it ends with an error. */
export async function typed(
  command: string,
  env: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>> = {},
): Promise<string> {
  const [, ...words] = command.split(' ');
  const { code, stdout, stderr } = await runCommand(
    words.map((it) => own[it] ?? it),
    env,
  );
  if (code === 0) return stdout;
  throw new Error(`${command} ended with ${code}:\n${stdout}${stderr}`);
}
