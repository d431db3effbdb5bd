/** Where in the part the answer's body belongs. */
export interface Continuation {
  readonly from: number;
  readonly isRange: boolean;
}

export interface NoContinuation {
  readonly why: string;
  /** True when asking the same address again will not help. */
  readonly refused: boolean;
  /** True when what is there cannot be gone on with. */
  readonly dropPart: boolean;
}

type Answer = Pick<Response, 'status' | 'headers'>;

/** Busy or broken for now; every other error status is an answer. */
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504]);

/** What an answer means to someone who has the first `have` bytes and wants `sizeBytes`. */
export function decideContinuation(answer: Answer, have: number, sizeBytes: number): Continuation | NoContinuation {
  const { status } = answer;
  if (status === 206) return continueRange(answer, have, sizeBytes);
  if (status === 200) return startAgain(answer, sizeBytes);
  if (status === 416) return { why: 'it has no bytes from there on (416)', refused: have === 0, dropPart: true };
  return { why: `it answers ${status}`, refused: !TRANSIENT.has(status), dropPart: false };
}

/** Also when a range was asked for: the server ignores ranges, or the file behind the address has changed. */
function startAgain({ headers }: Answer, sizeBytes: number): Continuation | NoContinuation {
  const length = headers.get('content-length');
  if (length !== null && headers.get('content-encoding') === null && Number(length) !== sizeBytes) {
    return { why: `it has ${length} bytes instead of ${sizeBytes}`, refused: true, dropPart: false };
  }
  return { from: 0, isRange: false };
}

function continueRange({ headers }: Answer, have: number, sizeBytes: number): Continuation | NoContinuation {
  const range = /^bytes (?<start>\d+)-\d+\/(?<total>\d+|\*)$/.exec(headers.get('content-range') ?? '')?.groups;
  if (range === undefined || Number(range.start) !== have) {
    return { why: 'it answers with another range than asked for', refused: have === 0, dropPart: true };
  }
  if (range.total !== '*' && Number(range.total) !== sizeBytes) {
    return { why: `it has ${range.total} bytes instead of ${sizeBytes}`, refused: true, dropPart: false };
  }
  return { from: have, isRange: true };
}
