/** A class that a trained head of the encoder sees in a picture. */
export interface Label {
  readonly name: string;
  /** 0 to 1, as the head has it: it is not calibrated. */
  readonly probability: number;
}

const MOST = 64;

/** `null` for what is no list of labels. */
export function parseLabels(value: unknown): readonly Label[] | null {
  return Array.isArray(value) && value.length <= MOST && value.every(isLabel) ? value : null;
}

function isLabel(value: unknown): value is Label {
  const { name, probability } = (value ?? {}) as Partial<Record<keyof Label, unknown>>;
  return typeof name === 'string' && typeof probability === 'number' && probability >= 0 && probability <= 1;
}
