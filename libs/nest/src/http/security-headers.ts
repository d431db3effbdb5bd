import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** The page brings its own scripts and styles and shows pictures that are picked (`blob:`); nothing comes from elsewhere. */
const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'blob:', 'data:'],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    // Whether a name is served over TLS alone is known to the proxy in front, which speaks TLS.
    strictTransportSecurity: false,
  });
}
