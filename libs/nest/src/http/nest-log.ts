import { Logger } from 'nestjs-pino';

/** What Nest tells of itself at each start: what modules there are, and each route. */
const OF_THE_START: ReadonlySet<unknown> = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Nest's log in ours, with what it says of every start kept to `debug`: the address is what people look for. */
export class NestLog extends Logger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (OF_THE_START.has(rest.at(-1))) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}
