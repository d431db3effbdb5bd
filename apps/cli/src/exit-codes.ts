/** What the process answers to its caller. The same table is in `lookalike --help`. */
export const EXIT = {
  fine: 0,
  /** The server refused something, or a picture failed; the output says what and why. */
  refused: 1,
  /** The command or a setting was wrong: an unknown option, a folder that is not there. */
  usage: 2,
  unreachable: 3,
  /** Stopped by Ctrl-C. What was done is kept. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_HELP = `
Exit codes:
  0    fine
  1    something was refused or failed; the output says what and why
  2    the command or a setting was wrong
  3    the server could not be reached
  130  stopped by Ctrl-C; what was done is kept`;
