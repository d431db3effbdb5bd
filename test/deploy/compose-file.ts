import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { PROJECT_ROOT } from '#testkit';

export interface Service {
  readonly image: string;
  readonly command?: string;
  readonly user?: string;
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly mem_limit?: string;
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly healthcheck?: object;
  readonly profiles?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly volumes?: readonly string[];
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/**
 * `docker-compose.yml` as Compose reads it with these variables: `${NAME}`, `${NAME:-default}` and `${NAME:?what is missing}`
 * replaced.
 */
export function readComposeFile(variables: Readonly<Record<string, string>> = {}): ComposeFile {
  const file = load(readFileSync(join(PROJECT_ROOT, 'docker-compose.yml'), 'utf8'));
  const variable = /\$\{(\w+)(?::([-?])([^}]*))?\}/g;
  const replaced = JSON.stringify(file).replaceAll(variable, (_, name: string, kind = '-', otherwise = '') => {
    const value = variables[name] ?? '';
    if (value === '' && kind === '?') throw new Error(`${name} is missing: ${otherwise}`);
    return JSON.stringify(value === '' ? otherwise : value).slice(1, -1);
  });
  return JSON.parse(replaced);
}

/** Of a service, as its process gets it. */
export function environmentOf(service: Service | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(service?.environment ?? {}).map(([name, value]) => [name, String(value)]));
}
