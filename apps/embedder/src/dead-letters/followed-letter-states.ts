import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { EventLog } from '#core';
import { EVENT_LOG } from '#nest';
import { LetterStates } from '#pipeline';

/** The states of dead letters, read from the start on, so that hardly a request meets more to read than it may. */
@Injectable()
export class FollowedLetterStates extends LetterStates implements OnApplicationBootstrap, OnModuleDestroy {
  #isStopped = false;

  constructor(@Inject(EVENT_LOG) log: EventLog) {
    super(log);
  }

  onApplicationBootstrap(): void {
    // A log that is away is told by the stages; requests read on where this ends.
    this.#follow().catch(() => {});
  }

  onModuleDestroy(): void {
    this.#isStopped = true;
  }

  async #follow(): Promise<void> {
    while (!this.#isStopped && !(await this.catchUp()));
  }
}
