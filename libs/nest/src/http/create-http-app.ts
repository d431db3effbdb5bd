import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, Server } from 'node:http';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { HttpAdapterHost, NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { LoggerModule, PinoLogger as NestPino } from 'nestjs-pino';
import { type Logger as PinoLogger, pino } from 'pino';
import type { ApiKeyEntry } from '#core';
import { callerOf, identifyCallers } from '../access/callers.js';
import { KeyRing } from '../access/key-ring.js';
import { RateLimits, type Rates } from '../access/rate-limits.js';
import { ScopeGuard } from '../access/scope-guard.js';
import { ApiDocumentModule } from '../api-document/api-document.module.js';
import { httpMetrics } from '../metrics/http-metrics.js';
import { Metrics } from '../metrics/metrics.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { asLookalikeError } from '../problem/as-lookalike-error.js';
import { bodyValidation, invalidRequest } from '../problem/body-validation.js';
import { ProblemFilter } from '../problem/problem-filter.js';
import { BodyGuard, JSON_TYPES } from './body-guard.js';
import { bodyPace } from './body-pace.js';
import { allowOrigins } from './cross-origin.js';
import { HttpDrain } from './http-drain.js';
import { knownHostsOnly } from './known-hosts-only.js';
import { NestLog } from './nest-log.js';
import { requestLog } from './request-log.js';
import { sameSiteOnly } from './same-site-only.js';
import { securityHeaders } from './security-headers.js';

/** As many as a batch of 16 vectors takes of 4096 numbers with 20 letters each, and half as many more. */
export const MAX_JSON_BYTES = 2_097_152;

/** The part of `Settings` that the server itself needs. */
export interface HttpSettings {
  readonly server: {
    readonly host: string;
    readonly shutdownTimeoutSeconds: number;
    readonly bodyStallSeconds: number;
  };
  readonly access: {
    /** Without any, whoever reaches the server may do everything. */
    readonly keys: readonly ApiKeyEntry[];
    readonly allowedHosts: readonly string[];
    readonly corsOrigins: readonly string[];
    readonly rates: Rates;
  };
  readonly logging: { readonly level: string };
}

@Module({})
class HttpRoot {}

/**
 * The application of a module, with everything that all our servers share; `listen(port, host)` is the caller's, with the host of
 * the settings. It
 * stops on SIGTERM and SIGINT, with exit code 0: first the server drains, then modules close what they hold in
 * `onApplicationShutdown`.
 */
export async function createHttpApp(
  module: Type | DynamicModule,
  { server, access, logging }: HttpSettings,
  logger: PinoLogger = pino({ level: logging.level }),
): Promise<NestExpressApplication> {
  const root: DynamicModule = {
    module: HttpRoot,
    imports: [
      LoggerModule.forRoot({ pinoHttp: { logger }, useExisting: true }),
      MetricsModule,
      ApiDocumentModule,
      module,
    ],
    providers: [
      { provide: NestLog, inject: [NestPino], useFactory: (pino: NestPino) => new NestLog(pino, {}) },
      {
        provide: HttpDrain,
        inject: [HttpAdapterHost],
        useFactory: (host: HttpAdapterHost) => new HttpDrain(host, server.shutdownTimeoutSeconds * 1000),
      },
    ],
  };
  const app = await NestFactory.create<NestExpressApplication>(root, {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(app.get(NestLog));
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use(requestLog(logger));
  app.use(httpMetrics(app.get(Metrics)));
  app.get(HttpDrain).attach(app.getHttpAdapter().getInstance());
  app.use(securityHeaders(), knownHostsOnly(server.host, access.allowedHosts));
  allowOrigins(app, access.corsOrigins);
  app.use(sameSiteOnly(access.corsOrigins), identifyCallers(new KeyRing(access.keys)));
  app.use(bodyPace(server.bodyStallSeconds));
  app.useBodyParser('json', {
    limit: MAX_JSON_BYTES,
    type: isJsonOfCaller,
    verify: refuseUnlessUtf8,
  });
  app.use(nameBodyErrors);
  app.useGlobalGuards(new ScopeGuard(new RateLimits(access.rates)), new BodyGuard());
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(bodyValidation());
  // Nest's default is all signals: a handler for SIGSEGV or SIGABRT keeps a crashing process alive, at full load. And it
  // would end a clean stop by the signal itself, which a supervisor takes for a failure.
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  limit(app.getHttpServer());
  return app;
}

/** Nothing is read of a body whose sender is not known: the guard refuses the request as it is. */
function isJsonOfCaller(request: IncomingMessage): boolean {
  if (callerOf(request) === null) return false;
  return Boolean((request as Request).is(JSON_TYPES));
}

/** The parser would put U+FFFD in place of what it cannot read, and two broken ids would become one. */
function refuseUnlessUtf8(_request: unknown, _response: unknown, body: Buffer): void {
  if (!isUtf8(body)) throw invalidRequest([{ field: 'body', rule: 'must be UTF-8' }]);
}

/** Before Nest makes a nameless 400 of them. Express knows a handler of errors by its four parameters. */
function nameBodyErrors(error: unknown, _request: Request, _response: Response, next: NextFunction): void {
  next(asLookalikeError(error));
}

function limit(server: Server): void {
  server.headersTimeout = 15_000;
  server.keepAliveTimeout = 10_000;
  // Silence in both directions, also in the middle of a body or an answer.
  server.timeout = 120_000;
  // A stream of lines may take hours; other bodies have `bodyPace`.
  server.requestTimeout = 0;
  server.maxHeadersCount = 100;
}
