/** The transport that serves the stages; health asks it for faults. */
export const STAGE_SERVER = Symbol('EventLogServer');
/** Decisions about the generations of the index. */
export const GENERATIONS = Symbol('Generations');
