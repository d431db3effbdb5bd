/** Of the log. A vector record with several vectors, or an event with the largest attributes, stays far below. */
export const MAX_RECORD_BYTES = 1024 * 1024;
