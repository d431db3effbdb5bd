import { Controller, Get } from '@nestjs/common';
import { NeedsScope } from '#nest';

/** The page asks the embedder's API for counts; here they are fixed. */
@NeedsScope('search')
@Controller('v1/status')
export class Counts {
  @Get()
  counts() {
    return {
      encoder: { name: 'pixel-blocks', fingerprint: '0'.repeat(16), trained: false },
      generation: 'first',
      images: { ready: 9, failed: 1, deleted: 0 },
      stages: [{ name: 'embed', lag: 2 }],
    };
  }
}
