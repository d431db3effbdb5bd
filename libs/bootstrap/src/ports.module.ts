import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Opened } from './opened.js';

/** Gives every module its ports and settings by token, and closes them when servers and stages have stopped. */
@Module({})
export class PortsModule implements OnApplicationShutdown {
  constructor(@Inject(Opened) private readonly opened: Opened) {}

  async onApplicationShutdown(): Promise<void> {
    await this.opened.close();
  }

  /** What is `undefined` is not there: whoever can do without it does. */
  static of(opened: Opened, byToken: readonly (readonly [token: symbol, value: unknown])[]): DynamicModule {
    const there = byToken.filter(([, value]) => value !== undefined);
    const providers = there.map(([provide, useValue]) => ({ provide, useValue }));
    return {
      module: PortsModule,
      global: true,
      providers: [{ provide: Opened, useValue: opened }, ...providers],
      exports: providers.map(({ provide }) => provide),
    };
  }
}
