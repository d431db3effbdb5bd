import { availableParallelism } from 'node:os';

/**
 * Loaded before LanceDB, which reads them once. While it builds a graph it keeps all threads of its pools busy, which are as many
 * as cores or fewer, and whatever is searched for meanwhile waits for the end: with 2 cores and 20,000 vectors of 4096
 * half of all searches for more than 17 s, with these threads for 0.02 s. So there are some more, among which the system shares
 * out the cores. What an operator has set stays.
 */
const THREADS = {
  LANCE_CPU_THREADS: availableParallelism() + 2,
  // Of the runtime that its calls run on, in part without handing the work on.
  TOKIO_WORKER_THREADS: availableParallelism() + 4,
};

// biome-ignore lint/style/noProcessEnv: no settings of ours, switches that the native library reads from there only
for (const [name, count] of Object.entries(THREADS)) process.env[name] ??= String(count);
