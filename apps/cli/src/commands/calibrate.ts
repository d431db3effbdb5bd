import { type ClientOptions, type Context, createClient } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { renderCalibration } from '../render/calibration.js';
import { createProgress, withProgress } from '../terminal/progress.js';

export interface CalibrateCommandOptions extends ClientOptions {
  readonly sample: number;
  readonly dryRun: boolean;
  readonly json: boolean;
}

export async function calibrateCommand(context: Context, options: CalibrateCommandOptions): Promise<ExitCode> {
  const { sample, dryRun, json } = options;
  const client = createClient(context, options);
  const answer = await withProgress(createProgress(process.stderr), (progress) =>
    client.calibrate({ sample, dryRun }, (_, part) => {
      if (part !== null) progress.update('Edited pictures compared', part.done, part.total);
    }),
  );
  context.print(json ? `${JSON.stringify(answer)}\n` : renderCalibration(answer, dryRun, context.style));
  return EXIT.fine;
}
