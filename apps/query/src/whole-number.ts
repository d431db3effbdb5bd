import { ValidateBy, type ValidationArguments } from 'class-validator';

/** One rule, since to a text like "abc" it is of no use that it must not be greater than 100. */
export function WholeNumber(min: number, max: number): PropertyDecorator {
  const validate = (value: unknown) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
  const defaultMessage = (it?: ValidationArguments) => `${it?.property} must be a whole number from ${min} to ${max}`;
  return ValidateBy({ name: 'wholeNumber', constraints: [min, max], validator: { validate, defaultMessage } });
}
