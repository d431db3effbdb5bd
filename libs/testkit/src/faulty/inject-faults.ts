import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, LookalikeError } from '#core';
import { type FaultPlan, type FaultRule, strikes } from './fault-plan.js';

/** The names of an object's methods that return a promise. */
export type AsyncMethod<Port> = {
  [K in keyof Port]: Port[K] extends (...args: never[]) => Promise<unknown> ? K : never;
}[keyof Port] &
  string;

/** The port itself, except that calls meet the faults of the plan. */
export function injectFaults<Port extends object>(
  port: Port,
  plan: FaultPlan<AsyncMethod<Port>>,
  defaultCode: ErrorCode,
): Port {
  const calls = new Map<string, number>();
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const rules = plan.rules[name as AsyncMethod<Port>];
      if (rules === undefined) return member.bind(target);
      return async (...args: unknown[]) => {
        const method = String(name);
        const call = (calls.get(method) ?? 0) + 1;
        calls.set(method, call);
        const striking = rules.filter((rule, i) => strikes(rule, plan.seed, method, call, i));
        for (const { fault } of striking) plan.onFault?.({ method, call, fault });
        return meetFaults(() => Reflect.apply(member, target, args), striking, `${method} ${call}`, defaultCode);
      };
    },
  });
}

async function meetFaults(
  call: () => Promise<unknown>,
  striking: readonly FaultRule[],
  what: string,
  defaultCode: ErrorCode,
): Promise<unknown> {
  for (const rule of striking) if (rule.fault === 'slow') await sleep(rule.ms);
  const failure = striking.find((rule) => rule.fault !== 'slow');
  if (failure === undefined) return call();
  if (failure.fault === 'lost-acknowledgement') await call();
  throw failure.error ?? new LookalikeError(defaultCode, `Injected into ${what}: ${failure.fault}.`);
}
