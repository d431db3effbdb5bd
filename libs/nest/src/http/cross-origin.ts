import type { NestExpressApplication } from '@nestjs/platform-express';

const PREFLIGHT_KEPT_S = 600;

/** Lets web pages of these origins, and of no others, use the REST API. A key travels in a header: no cookies. */
export function allowOrigins(app: NestExpressApplication, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.enableCors({
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-Request-Id'],
    exposedHeaders: ['Location', 'Retry-After', 'WWW-Authenticate', 'X-Request-Id'],
    credentials: false,
    maxAge: PREFLIGHT_KEPT_S,
  });
}
