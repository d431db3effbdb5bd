export { callerName } from './access/callers.js';
export { type Access, accessOf, ForEverybody, NeedsScope } from './access/needs-scope.js';
export { ApiDocumentModule } from './api-document/api-document.module.js';
export {
  Answers,
  type Described,
  describedBy,
  ForBrowsers,
  ReadsHeader,
  Refuses,
} from './api-document/described.js';
export { DECODE_REFUSALS, LINK_REFUSALS, PICTURE_REFUSALS } from './api-document/refusal-groups.js';
export { HealthModule } from './health/health.module.js';
export { type HealthPart, HealthParts } from './health/health-parts.js';
export { blobsPart, indexPart, logPart } from './health/port-parts.js';
export { ReadsBody } from './http/body-guard.js';
export { createHttpApp, type HttpSettings, MAX_JSON_BYTES } from './http/create-http-app.js';
export { isLoopback } from './http/loopback.js';
export { pageFile, sendPageFile } from './http/page-file.js';
export { addToRequestLog } from './http/request-log.js';
export { Slots } from './http/slots.js';
export { httpMetrics } from './metrics/http-metrics.js';
export { Metrics, type QueueName } from './metrics/metrics.js';
export { MetricsModule } from './metrics/metrics.module.js';
export { batchMetrics } from './metrics/stage-metrics.js';
export { asLookalikeError } from './problem/as-lookalike-error.js';
export { bodyValidation, invalidRequest } from './problem/body-validation.js';
export { formError, pictureTooLarge } from './problem/form-errors.js';
export { formFieldRule, PICTURE_FIELD, PICTURE_RULE } from './problem/form-fields.js';
export { IfGiven } from './problem/if-given.js';
export { type FieldError, PROBLEM_MEDIA_TYPE, type Problem, retryAfterSeconds, toProblem } from './problem/problem.js';
export { ProblemFilter } from './problem/problem-filter.js';
export * from './tokens.js';
export * from './transport/batch-controller.js';
export * from './transport/event-log-server.js';
export * from './transport/stage-observer.js';
