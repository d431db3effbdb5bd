import { ValidateIf } from 'class-validator';

/** The field may be left out; `null` is not the same as left out. */
export const IfGiven = () => ValidateIf((_, value) => value !== undefined);
