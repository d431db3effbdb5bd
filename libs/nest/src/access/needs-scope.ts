import { type CustomDecorator, SetMetadata } from '@nestjs/common';
import type { ApiScope } from '#core';

const ACCESS = 'lookalike:access';

/** Who may ask for an endpoint: everybody, or whoever has one of these scopes. */
export type Access = 'everybody' | readonly [ApiScope, ...ApiScope[]];

/**
 * On a controller or a method: a caller needs one of these scopes. The first names the rate that its requests are
 * counted under. Without this or `ForEverybody` an endpoint answers nobody.
 */
export const NeedsScope = (...scopes: [ApiScope, ...ApiScope[]]): CustomDecorator => SetMetadata(ACCESS, scopes);

/** On a controller or a method: no key is asked for, and nothing is counted. */
export const ForEverybody = (): CustomDecorator => SetMetadata(ACCESS, 'everybody');

/** `null` when neither the method nor its controller says. */
export function accessOf(method: object, controller: object): Access | null {
  return Reflect.getMetadata(ACCESS, method) ?? Reflect.getMetadata(ACCESS, controller) ?? null;
}
