import type { Settings } from '#config';
import { isLookalikeError, LookalikeError } from '#core';
import { isSystemError } from '#durable-files';

/** What kept the server from starting, by the name of the setting where one is the reason. */
export function asStartError(error: unknown, settings: Pick<Settings, 'server'>): unknown {
  const isOfListening = isSystemError(error) && (error.syscall === 'listen' || error.syscall === 'getaddrinfo');
  return isOfListening ? cannotListen(error, settings) : error;
}

function cannotListen(cause: NodeJS.ErrnoException, { server }: Pick<Settings, 'server'>): LookalikeError {
  const { host, port } = server;
  const isPort = cause.code === 'EADDRINUSE' || cause.code === 'EACCES';
  const setting = isPort ? 'LOOKALIKE_PORT' : 'LOOKALIKE_HOST';
  return new LookalikeError(
    'invalid-setting',
    `${setting} is ${isPort ? port : JSON.stringify(host)}, but the server cannot listen there (${cause.code}).`,
    { cause, facts: { setting, host, port } },
  );
}

/** Ends of the process: 2 where a setting has to be changed, as the command line has it. */
export function exitCodeOf(error: unknown, settings: Settings | null): 1 | 2 {
  if (!isLookalikeError(error)) return 1;
  const namesFile = settings !== null && settings.encoder.modelFile !== null;
  return error.code === 'invalid-setting' || (namesFile && error.code.startsWith('model-')) ? 2 : 1;
}
