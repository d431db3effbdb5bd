import { isLookalikeError, LookalikeError } from '#core';

/** What went wrong on the way as one of our errors. The message names the kind of failure, not the host or address. */
export function asLinkError(error: unknown): LookalikeError {
  if (isLookalikeError(error)) return error;
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new LookalikeError('link-answer-unusable', 'The server sends too large headers.', { cause: error });
  }
  const kind = code === undefined ? '' : ` (${code})`;
  return new LookalikeError('link-unavailable', `The server of the link cannot be reached, or broke off${kind}.`, {
    cause: error,
  });
}

export function closedError(): LookalikeError {
  // A fault: the picture may well be there, somebody else has to ask for it.
  return new LookalikeError('link-unavailable', 'Pictures are no longer fetched: the process is stopping.');
}

export function tooSlow(message: string, limitMs: number): LookalikeError {
  return new LookalikeError('link-too-slow', message, { facts: { limitMs } });
}

export function tooLarge(maxBytes: number): LookalikeError {
  return new LookalikeError('link-too-large', `The picture has more than ${maxBytes} bytes.`, { facts: { maxBytes } });
}

export function wrongSize(expected: number, found?: number): LookalikeError {
  const other = found === undefined ? 'more' : `${found}`;
  return new LookalikeError('link-size-mismatch', `The picture has ${other} bytes instead of ${expected}.`, {
    facts: { expected, ...(found !== undefined && { found }) },
  });
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : undefined;
}
