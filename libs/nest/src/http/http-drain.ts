import type { Server } from 'node:http';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Express } from 'express';

const SWEEP_MS = 50;

/**
 * Stops the server: no new connections, requests under way finish, keep-alive connections end as they fall idle, and
 * after the limit the rest is cut. Runs before `onApplicationShutdown`, which is where modules close logs and stores.
 */
export class HttpDrain implements BeforeApplicationShutdown {
  #stopping = false;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly timeoutMs: number,
  ) {}

  /** While stopping, an answer asks the client to close its connection. */
  attach(app: Express): void {
    app.use((_request, response, next) => {
      if (this.#stopping) response.setHeader('Connection', 'close');
      next();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping = true;
    const server: Server = this.host.httpAdapter.getHttpServer();
    if (!server.listening) return;
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    const limit = setTimeout(() => server.closeAllConnections(), this.timeoutMs);
    await new Promise((resolve) => server.close(resolve));
    clearInterval(sweep);
    clearTimeout(limit);
  }
}
