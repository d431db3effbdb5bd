import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { callerName, NeedsScope, Refuses } from '#nest';
import { DeadLetters, type LetterState } from '#pipeline';
import { type LetterAnswer, letterAnswer, type WholeLetterAnswer, wholeLetterAnswer } from './letter-answers.js';
import { BULK_LIMIT, BulkBody, cursorText, filterOf, ListQuery, letterIdOf } from './letter-requests.js';

interface LetterPage {
  readonly letters: readonly LetterAnswer[];
  /** Cursor of the next page. */
  readonly next: string | null;
}

/** What became of one. */
interface Acted {
  readonly id: string;
  readonly state: LetterState;
}

interface ActedOnMany {
  readonly count: number;
  /** Cursor for the others; `null` when all are done. */
  readonly next: string | null;
}

/** What was set aside: looked at, sent again, or done with. */
@NeedsScope('operate')
@Controller('v1/dead-letters')
export class DeadLettersController {
  constructor(@Inject(DeadLetters) private readonly letters: DeadLetters) {}

  /** Events that were set aside, the newest first. */
  @Get()
  @Refuses('invalid-image-id')
  @Header('Cache-Control', 'no-store')
  async list(@Query() { limit, ...filter }: ListQuery): Promise<LetterPage> {
    const { letters, next } = await this.letters.list({ limit, ...filterOf(filter) });
    return { letters: letters.map(letterAnswer), next: next && cursorText(next) };
  }

  /** One of them, with the whole original. */
  @Get(':id')
  @Refuses('dead-letter-unknown')
  @Header('Cache-Control', 'no-store')
  async show(@Param('id') id: string): Promise<WholeLetterAnswer> {
    return wholeLetterAnswer(await this.letters.get(letterIdOf(id)));
  }

  /** Its event will be sent again: it is recorded; an embedder does it. */
  @Post(':id/redrive')
  @Refuses('dead-letter-unknown')
  @HttpCode(202)
  redrive(@Param('id') id: string, @Req() request: Request): Promise<Acted> {
    return this.#act(id, 'redrive', request);
  }

  /** Nothing more is wanted of it. */
  @Post(':id/discard')
  @Refuses('dead-letter-unknown')
  @HttpCode(200)
  discard(@Param('id') id: string, @Req() request: Request): Promise<Acted> {
    return this.#act(id, 'discard', request);
  }

  /** Of all open letters with a reason those that one request may reach; `next` leads to the others. */
  @Post('redrive')
  @HttpCode(202)
  @Refuses('invalid-image-id')
  redriveMany(@Body() body: BulkBody, @Req() request: Request): Promise<ActedOnMany> {
    return this.#actOnMany(body, 'redrive', request);
  }

  /** The same, to discard them. */
  @Post('discard')
  @HttpCode(200)
  @Refuses('invalid-image-id')
  discardMany(@Body() body: BulkBody, @Req() request: Request): Promise<ActedOnMany> {
    return this.#actOnMany(body, 'discard', request);
  }

  async #act(text: string, action: 'redrive' | 'discard', request: Request): Promise<Acted> {
    const state = await this.letters.act(letterIdOf(text), action, callerName(request));
    return { id: text, state };
  }

  async #actOnMany(body: BulkBody, action: 'redrive' | 'discard', request: Request): Promise<ActedOnMany> {
    const query = { limit: BULK_LIMIT, ...filterOf(body) };
    const { count, next } = await this.letters.actOnPage(query, action, callerName(request));
    return { count, next: next && cursorText(next) };
  }
}
