import type * as OnnxRuntime from 'onnxruntime-node';

/**
 * onnxruntime-node 1.29 and later report their use to their maker unless this stands in the process's environment when
 * the library loads. The library reads the real environment, which a worker thread has only a copy of: so the main
 * thread calls this before it starts the worker.
 */
export function switchTelemetryOff(): void {
  // biome-ignore lint/style/noProcessEnv: no setting of ours, a switch that the native library reads from there only
  process.env.ORT_DISABLE_TELEMETRY = '1';
}

/** The only way to the library, so that it never loads with telemetry on. */
export async function loadOnnxRuntime(): Promise<typeof OnnxRuntime> {
  switchTelemetryOff();
  return import('onnxruntime-node');
}
