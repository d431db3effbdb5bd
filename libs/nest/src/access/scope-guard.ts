import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { LookalikeError } from '#core';
import { addressGroup } from './address-group.js';
import { callerOf } from './callers.js';
import { accessOf } from './needs-scope.js';
import type { RateLimits } from './rate-limits.js';

/** Lets a request through to an endpoint that its caller has a scope for, as often as its rate allows. */
export class ScopeGuard implements CanActivate {
  constructor(private readonly limits: RateLimits) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const [method, controller] = [context.getHandler(), context.getClass()];
    const access = accessOf(method, controller);
    if (access === null) throw new LookalikeError('internal', `${controller.name}.${method.name} declares no scope.`);
    if (access === 'everybody') return true;
    const request = context.switchToHttp().getRequest<Request>();
    const address = addressGroup(request.socket.remoteAddress ?? '');
    const caller = callerOf(request);
    if (caller === null) {
      await this.limits.count('refused', address);
      throw new LookalikeError(
        'unauthenticated',
        'This needs an API key that the server takes: Authorization: Bearer KEY.',
      );
    }
    await this.limits.count(access[0], caller.key ?? address);
    if (access.some((scope) => caller.scopes.has(scope))) return true;
    const needed = access.join(' or ');
    throw new LookalikeError('scope-missing', `This needs a key with the scope ${needed}.`, {
      facts: { scopes: access },
    });
  }
}
