/** Lines of JSON that come bit by bit. What is no JSON is left out: whoever waits for a line finds that it never came. */
export class AnswerLines {
  #rest = '';

  /** @returns the objects of the lines that are whole by now. */
  take(text: string): Record<string, unknown>[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.map(parsed).filter((it) => it !== null);
  }
}

function parsed(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
