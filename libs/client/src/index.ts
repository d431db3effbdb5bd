export type { components, paths } from './api-types.js';
export { Client, type ClientOptions, type LastLine, type OnWorking, type WorkDone } from './client.js';
export {
  ApiProblem,
  type ErrorCode,
  notLookalike,
  type Problem,
  parseRetryAfterMs,
  ServerUnreachable,
} from './problem.js';
export { isTransient, type RetryOptions, untilAborted } from './retry.js';
