import { Global, Module } from '@nestjs/common';
import { searchBy } from '#search';
import { duplicatesIn, FIND_COPIES, type FindCopies } from '../../ingest/src/index.js';
import { QueryModule, Searches } from '../../query/src/index.js';

/** Uploads are checked by a search in this process, as others are: in turn with them, and counted with them. */
@Global()
@Module({
  imports: [QueryModule],
  providers: [
    {
      provide: FIND_COPIES,
      inject: [Searches],
      useFactory:
        (searches: Searches): FindCopies =>
        async (bytes, limit) => {
          const query = searchBy({ by: 'picture', bytes }, { minMatch: 'same-picture', limit });
          const included = { withAttributes: false, withLabels: false, withExplanation: false };
          return duplicatesIn((await searches.answer({ query, ...included })).results);
        },
    },
  ],
  exports: [FIND_COPIES],
})
export class CopiesModule {}
