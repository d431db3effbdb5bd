import { LookalikeError } from '#core';

export interface LinkRules {
  /** Ports that `http:` links may name; none means no such links. */
  readonly httpPorts: readonly number[];
  /** Ports that `https:` links may name; none means no such links. */
  readonly httpsPorts: readonly number[];
}

/** Which rule a link breaks; `reason` in the facts of `link-refused`. */
export type RefusalReason =
  | 'syntax'
  | 'scheme'
  | 'port'
  | 'credentials'
  | 'address'
  | 'downgrade'
  | 'redirects'
  | 'bucket';

const LINK_MAX_LENGTH = 8192;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** What can be said of a link before its host is looked up. @throws `link-refused`. */
export function checkLink(uri: string, rules: LinkRules): URL {
  const url = uri.length <= LINK_MAX_LENGTH && URL.canParse(uri) ? new URL(uri) : null;
  if (url === null) throw refused('syntax', 'The link is not a URL.');
  const ports = { 'http:': rules.httpPorts, 'https:': rules.httpsPorts }[url.protocol] ?? [];
  if (ports.length === 0) throw refused('scheme', 'The link has a scheme that pictures are not fetched by.');
  if (url.username !== '' || url.password !== '') throw refused('credentials', 'The link has a user name or password.');
  const port = url.port === '' ? DEFAULT_PORTS[url.protocol] : Number(url.port);
  if (port === undefined || !ports.includes(port)) {
    throw refused('port', 'The link names a port that pictures are not fetched from.');
  }
  return url;
}

/** Where a redirect leads, which is held against all the rules again. @throws `link-refused`. */
export function checkRedirect(location: string, from: URL, rules: LinkRules): URL {
  if (!URL.canParse(location, from.href)) throw refused('syntax', 'The link redirects to what is not a URL.');
  const target = checkLink(new URL(location, from).href, rules);
  if (from.protocol === 'https:' && target.protocol !== 'https:') {
    throw refused('downgrade', 'The link redirects from https: to http:.');
  }
  return target;
}

/** Says which rule, and never which address: the name of an internal host could be tried out. */
export function refused(reason: RefusalReason, message: string): LookalikeError {
  return new LookalikeError('link-refused', message, { facts: { reason } });
}
