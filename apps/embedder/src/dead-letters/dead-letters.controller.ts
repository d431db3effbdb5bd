import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { callerName, NeedsScope } from '#nest';
import { DeadLetters, type LetterState } from '#pipeline';
import { type LetterAnswer, letterAnswer, type WholeLetterAnswer, wholeLetterAnswer } from './letter-answers.js';
import { BULK_LIMIT, BulkBody, cursorText, filterOf, ListQuery, letterIdOf } from './letter-requests.js';

interface Acted {
  readonly id: string;
  readonly state: LetterState;
}

/** What was set aside: looked at, sent again, or done with. */
@NeedsScope('operate')
@Controller('v1/dead-letters')
export class DeadLettersController {
  constructor(@Inject(DeadLetters) private readonly letters: DeadLetters) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async list(
    @Query() { limit, ...filter }: ListQuery,
  ): Promise<{ readonly letters: readonly LetterAnswer[]; readonly next: string | null }> {
    const { letters, next } = await this.letters.list({ limit, ...filterOf(filter) });
    return { letters: letters.map(letterAnswer), next: next && cursorText(next) };
  }

  @Get(':id')
  @Header('Cache-Control', 'no-store')
  async show(@Param('id') id: string): Promise<WholeLetterAnswer> {
    return wholeLetterAnswer(await this.letters.get(letterIdOf(id)));
  }

  /** It is recorded; an embedder does it. */
  @Post(':id/redrive')
  @HttpCode(202)
  redrive(@Param('id') id: string, @Req() request: Request): Promise<Acted> {
    return this.#act(id, 'redrive', request);
  }

  @Post(':id/discard')
  @HttpCode(200)
  discard(@Param('id') id: string, @Req() request: Request): Promise<Acted> {
    return this.#act(id, 'discard', request);
  }

  /** Of all open letters with a reason those that one request may reach; `next` leads to the others. */
  @Post('redrive')
  @HttpCode(202)
  redriveMany(@Body() body: BulkBody, @Req() request: Request) {
    return this.#actOnMany(body, 'redrive', request);
  }

  @Post('discard')
  @HttpCode(200)
  discardMany(@Body() body: BulkBody, @Req() request: Request) {
    return this.#actOnMany(body, 'discard', request);
  }

  async #act(text: string, action: 'redrive' | 'discard', request: Request): Promise<Acted> {
    const state = await this.letters.act(letterIdOf(text), action, callerName(request));
    return { id: text, state };
  }

  async #actOnMany(body: BulkBody, action: 'redrive' | 'discard', request: Request) {
    const query = { limit: BULK_LIMIT, ...filterOf(body) };
    const { count, next } = await this.letters.actOnPage(query, action, callerName(request));
    return { count, next: next && cursorText(next) };
  }
}
