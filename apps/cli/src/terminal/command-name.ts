/** `lookalike status`, or how to say that in a clone, where the command is started by npm. */
export function commandLine(args: string, env: NodeJS.ProcessEnv = process.env): string {
  const isNpm = env.npm_lifecycle_event === 'lookalike' || env.npm_lifecycle_event === 'quickstart';
  return `${isNpm ? 'npm run lookalike --' : 'lookalike'} ${args}`;
}
