export { createHttpApp, type HttpSettings, MAX_JSON_BYTES } from './http/create-http-app.js';
export { Slots } from './http/slots.js';
export { asLookalikeError } from './problem/as-lookalike-error.js';
export { bodyValidation, invalidRequest } from './problem/body-validation.js';
export { type FieldError, PROBLEM_MEDIA_TYPE, type Problem, retryAfterSeconds, toProblem } from './problem/problem.js';
export { ProblemFilter } from './problem/problem-filter.js';
export * from './tokens.js';
export * from './transport/batch-controller.js';
export * from './transport/event-log-server.js';
