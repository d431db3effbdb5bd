import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '#testkit';
import { runCommand } from '../../apps/cli/test/run-command.js';

/** As a clone runs it that is not installed. */
const IN_CLONE = 'npm run lookalike -- ';

/** What a section of a guide tells its reader to type, by the section's heading. @param folder of `docs`. */
export function guideCommands(name: string, folder = 'how-to'): ReadonlyMap<string, readonly string[]> {
  const text = readFileSync(join(PROJECT_ROOT, 'docs', folder, `${name}.md`), 'utf8');
  const sections = text.split(/^## /m).slice(1);
  return new Map(
    sections.flatMap((section) => {
      const [heading = '', ...lines] = section.split('\n');
      const blocks = [...lines.join('\n').matchAll(/^```(?:bash|sh)\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
      const commands = blocks
        .join('')
        .split('\n')
        .map((it) => it.replace(IN_CLONE, 'lookalike '))
        .filter((it) => it.startsWith('lookalike '));
      return commands.length === 0 ? [] : [[heading, commands] as const];
    }),
  );
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
