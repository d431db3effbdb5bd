import type { Settings } from '#config';
import { isLookalikeError, LookalikeError } from '#core';
import { isSystemError } from '#durable-files';

/** What kept the server from starting, by the name of the setting where one is the reason. */
export function asStartError(error: unknown, settings: Pick<Settings, 'server' | 'storage'>): unknown {
  if (isLookalikeError(error) && error.code === 'topic-mismatch') return partitionsFixed(error, settings);
  const isOfListening = isSystemError(error) && (error.syscall === 'listen' || error.syscall === 'getaddrinfo');
  return isOfListening ? cannotListen(error, settings) : error;
}

function partitionsFixed(cause: LookalikeError, { storage }: Pick<Settings, 'storage'>): LookalikeError {
  const { partitions } = (cause.facts.found ?? {}) as { partitions?: number };
  // Another difference than this one no setting makes.
  if (partitions === undefined || partitions === storage.partitions) return cause;
  return new LookalikeError(
    'invalid-setting',
    `LOOKALIKE_PARTITIONS is ${storage.partitions}, but the log was made with ${partitions}, which cannot be changed. ` +
      'Set it back, or use another log.',
    { cause, facts: { setting: 'LOOKALIKE_PARTITIONS', wanted: storage.partitions, found: partitions } },
  );
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
