/** The encoder whose records the stages make and take; a process that only indexes has no model. */
export const ENCODER_INFO = Symbol('EncoderInfo');
/** The generation that the index stage writes to. */
export const GENERATION = Symbol('Generation');
/** The transport that serves the stages; health asks it for faults. */
export const STAGE_SERVER = Symbol('EventLogServer');
