/** Colours, or none; decided once where the output stream is known. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly red: (text: string) => string;
}

const colour = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`;
const none = (text: string) => text;

export const PLAIN: Style = { bold: none, dim: none, green: none, yellow: none, red: none };
export const COLOURED: Style = {
  bold: colour(1, 22),
  dim: colour(2, 22),
  green: colour(32, 39),
  yellow: colour(33, 39),
  red: colour(31, 39),
};

/** https://no-color.org: any value that is not empty turns colour off. */
export function styleFor(stream: Output, env: NodeJS.ProcessEnv = process.env): Style {
  return hasColours(stream, env) ? COLOURED : PLAIN;
}

/** Whether pictures can be shown by 24-bit colours, which terminals tell of in `COLORTERM`. */
export function showsPictures(stream: Output, env: NodeJS.ProcessEnv = process.env): boolean {
  return hasColours(stream, env) && ['truecolor', '24bit'].includes(env.COLORTERM ?? '');
}

interface Output {
  readonly isTTY?: boolean;
}

function hasColours(stream: Output, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}
